//! Which events have been shown.
//!
//! Ids sort by time, but those of one moment do not sort by when they were written: the newest ones
//! are kept each, and only what is older than all of them counts as seen by its id alone.

use std::collections::BTreeSet;

/// How many are kept.
const MOST: usize = 1000;

/// The events that have been shown, or were there before.
#[derive(Debug, Default)]
pub(super) struct Seen {
    newest: BTreeSet<String>,
    /// Everything up to this id counts as seen.
    floor: String,
}

impl Seen {
    /// Begins with the newest ones that are there; unless they are all, older ones count as seen.
    pub(super) fn begin(&mut self, ids: impl Iterator<Item = String>, are_all: bool) {
        self.newest = ids.collect();
        if !are_all && let Some(oldest) = self.newest.first() {
            self.floor.clone_from(oldest);
        }
    }

    /// Whether it has not been shown.
    pub(super) fn is_new(&self, id: &str) -> bool {
        id > self.floor.as_str() && !self.newest.contains(id)
    }

    /// Counts these as shown.
    pub(super) fn add(&mut self, ids: impl Iterator<Item = String>) {
        self.newest.extend(ids);
        while self.newest.len() > MOST
            && let Some(oldest) = self.newest.pop_first()
        {
            self.floor = oldest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: std::ops::Range<usize>) -> impl Iterator<Item = String> {
        numbers.map(|number| format!("evt_{number:05}"))
    }

    fn new(seen: &Seen, numbers: std::ops::Range<usize>) -> usize {
        ids(numbers).filter(|id| seen.is_new(id)).count()
    }

    #[test]
    fn each_is_new_once_in_whichever_order_they_come() {
        let mut seen = Seen::default();
        seen.begin(ids(10..20), true);
        assert_eq!(new(&seen, 0..30), 20);
        seen.add(ids(25..30));
        assert_eq!(new(&seen, 20..30), 5);
        seen.add(ids(20..25));
        assert_eq!(new(&seen, 10..30), 0);
    }

    #[test]
    fn what_is_older_than_the_first_page_is_not_new() {
        let mut seen = Seen::default();
        seen.begin(ids(10..20), false);
        assert_eq!(new(&seen, 0..20), 0);
        assert_eq!(new(&seen, 20..21), 1);
    }

    #[test]
    fn little_is_kept_and_nothing_is_shown_again() {
        let mut seen = Seen::default();
        seen.begin(ids(0..0), true);
        seen.add(ids(0..3000));
        assert_eq!(seen.newest.len(), MOST);
        assert_eq!(new(&seen, 0..3001), 1);
    }
}
