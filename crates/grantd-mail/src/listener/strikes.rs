//! Mails that hold up others: how often, until they are set aside.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The look in which a mail that held up others before is set aside.
const MOST: u32 = 3;

/// How often each mail held up others, since all went well.
#[derive(Debug, Default)]
pub(crate) struct Strikes(Mutex<HashMap<String, u32>>);

impl Strikes {
    /// This mail holds up others; tells whether that has been so often enough to set it aside.
    pub(crate) fn add(&self, item: &str) -> bool {
        let mut strikes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = strikes.entry(item.to_owned()).or_default();
        *times += 1;
        let is_out = *times >= MOST;
        if is_out {
            strikes.remove(item);
        }
        is_out
    }

    /// All went well.
    pub(crate) fn clear(&self) {
        let mut strikes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        strikes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_set_aside_the_third_time_in_a_row() {
        let strikes = Strikes::default();
        assert!(!strikes.add("one"));
        assert!(!strikes.add("two"));
        assert!(!strikes.add("one"));
        assert!(strikes.add("one"));
        assert!(!strikes.add("two"));
        strikes.clear();
        assert!(!strikes.add("two"));
    }
}
