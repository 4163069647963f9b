//! When a cause is told: at most once an hour each way, whatever it does meanwhile.

use std::time::Duration;

use crate::{Invalid, Timestamp};

/// How many whole days before the end of a secret it is told, first to last; 0 is when it has ended.
pub const EXPIRY_ALERT_DAYS: [u32; 6] = [30, 14, 7, 3, 1, 0];

/// The least time between two alerts of one cause.
const QUIET: Duration = Duration::from_hours(1);

/// How long is remembered what a cause that is over was.
const REMEMBERED: Duration = Duration::from_hours(24);

const DAY: u64 = 24 * 3600;

/// What troubles a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// It does not work.
    Failing,
    /// Mail waits long.
    Lagging,
    /// Mails were given up.
    GaveUp,
    /// Its secret ends soon.
    Expiring,
    /// So much at once that it is told in one message.
    Many,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Failing,
        Self::Lagging,
        Self::GaveUp,
        Self::Expiring,
        Self::Many,
    ];

    /// The name in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Lagging => "lagging",
            Self::GaveUp => "gave_up",
            Self::Expiring => "expiring",
            Self::Many => "many",
        }
    }
}

impl TryFrom<&str> for Trouble {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|it| it.name() == text);
        found.ok_or_else(|| Invalid::new("unknown_word", "a trouble is expected"))
    }
}

/// What is to be told of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// That it is so.
    Trouble,
    /// That it is over.
    Recovery,
}

/// What is kept of one cause: a thing and what troubles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertCause {
    /// Which thing: its id, or `source/` and a name.
    pub object: String,
    /// What troubles it.
    pub trouble: Trouble,
    /// Since when it is so; absent while it is not.
    pub since: Option<Timestamp>,
    /// Whether whoever is told believes that it is so.
    pub is_told: bool,
    /// When it was last told that it is so.
    pub told_at: Option<Timestamp>,
    /// When it was last told that it is over.
    pub recovered_at: Option<Timestamp>,
    /// How often it began since the last alert without being told.
    pub untold: u64,
    /// What was told last of what goes on: the days left, or the mails given up.
    pub level: Option<u32>,
    /// The end of the secret that the level is of.
    pub end: Option<Timestamp>,
}

impl AlertCause {
    /// A cause of which nothing is known yet.
    #[must_use]
    pub const fn new(object: String, trouble: Trouble) -> Self {
        Self {
            object,
            trouble,
            since: None,
            is_told: false,
            told_at: None,
            recovered_at: None,
            untold: 0,
            level: None,
            end: None,
        }
    }

    /// Notes since when it is so now, or that it is not.
    pub fn note(&mut self, since: Option<Timestamp>) {
        if since.is_some() && since != self.since {
            self.untold = self.untold.saturating_add(1);
        }
        self.since = since;
    }

    /// What is to be told now; what is not ripe is not told yet.
    #[must_use]
    pub fn due(&self, is_ripe: bool, now: Timestamp) -> Option<Due> {
        match (self.since, self.is_told) {
            (Some(_), false) if is_ripe && is_quiet(self.told_at, now) => Some(Due::Trouble),
            (None, true) if is_quiet(self.recovered_at, now) => Some(Due::Recovery),
            _ => None,
        }
    }

    /// Notes that it is told now; tells how often it began meanwhile without being told.
    pub fn tell(&mut self, due: Due, now: Timestamp) -> u64 {
        let begun = std::mem::take(&mut self.untold);
        match due {
            Due::Trouble => {
                self.is_told = true;
                self.told_at = Some(now);
                // the one that is told now is none of them
                begun.saturating_sub(1)
            }
            Due::Recovery => {
                self.is_told = false;
                self.recovered_at = Some(now);
                begun
            }
        }
    }

    /// The days left that are to be told of a secret that ends then; none if that was told.
    #[must_use]
    pub fn due_days(&self, end: Timestamp, now: Timestamp) -> Option<u32> {
        let left = end.since(now).as_secs();
        let reached = EXPIRY_ALERT_DAYS.into_iter().rev();
        let reached = reached
            .into_iter()
            .find(|days| left <= u64::from(*days) * DAY)?;
        let told = self.level.filter(|_| self.end == Some(end));
        (told.is_none_or(|told| reached < told) && is_quiet(self.told_at, now)).then_some(reached)
    }

    /// Notes that these days were told.
    pub const fn tell_days(&mut self, days: u32, end: Timestamp, now: Timestamp) {
        self.level = Some(days);
        self.end = Some(end);
        self.told_at = Some(now);
    }

    /// Forgets what was told of another end than this one.
    pub fn note_end(&mut self, end: Option<Timestamp>) {
        if self.end != end {
            (self.level, self.end) = (None, None);
        }
    }

    /// Notes how many mails wait that were given up: those that somebody dealt with count no more.
    pub fn note_given_up(&mut self, given_up: u32) {
        let level = self.level.map(|level| level.min(given_up));
        self.level = level.filter(|level| *level > 0);
    }

    /// Whether more were given up than was told, and that is to be told now.
    #[must_use]
    pub fn due_given_up(&self, given_up: u32, now: Timestamp) -> bool {
        given_up > self.level.unwrap_or(0) && is_quiet(self.told_at, now)
    }

    /// Notes that so many were told.
    pub const fn tell_given_up(&mut self, given_up: u32, now: Timestamp) {
        self.level = Some(given_up);
        self.told_at = Some(now);
    }

    /// Notes that the thing is gone, or that nobody waits for it: nobody is told that it works again.
    pub const fn note_gone(&mut self) {
        self.since = None;
        self.is_told = false;
        self.level = None;
        self.end = None;
    }

    /// Whether nothing of it needs to be remembered: it is over, and long ago.
    #[must_use]
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        let old = |at: Option<Timestamp>| at.is_none_or(|at| now.since(at) >= REMEMBERED);
        let is_over = self.since.is_none() && !self.is_told && self.level.is_none();
        is_over && old(self.told_at) && old(self.recovered_at)
    }
}

/// Whether enough time has gone since then. A clock that was set back does not make it longer.
fn is_quiet(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_none_or(|at| now.since(at) >= QUIET || at.since(now) >= QUIET)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    fn cause() -> AlertCause {
        AlertCause::new("cred_1".to_owned(), Trouble::Failing)
    }

    /// One look at the cause, which is told at once.
    fn look(cause: &mut AlertCause, since: Option<i64>, now: i64) -> Option<(Due, u64)> {
        cause.note(since.map(at));
        let due = cause.due(true, at(now))?;
        Some((due, cause.tell(due, at(now))))
    }

    #[test]
    fn it_is_told_once_and_its_end_once() {
        let mut cause = cause();
        assert_eq!(look(&mut cause, Some(0), 10), Some((Due::Trouble, 0)));
        assert_eq!(look(&mut cause, Some(0), 20), None);
        assert_eq!(look(&mut cause, Some(0), 9000), None);
        assert_eq!(look(&mut cause, None, 9010), Some((Due::Recovery, 0)));
        assert_eq!(look(&mut cause, None, 9020), None);
    }

    #[test]
    fn what_recovers_before_it_was_told_is_never_told() {
        let mut cause = cause();
        cause.note(Some(at(0)));
        assert_eq!(cause.due(false, at(1)), None);
        assert_eq!(look(&mut cause, None, 2), None);
    }

    #[test]
    fn going_to_and_fro_is_folded_into_the_next_one() {
        let mut cause = cause();
        assert_eq!(look(&mut cause, Some(0), 0), Some((Due::Trouble, 0)));
        assert_eq!(look(&mut cause, None, 60), Some((Due::Recovery, 0)));
        for begin in [100, 200, 300] {
            assert_eq!(look(&mut cause, Some(begin), begin), None);
            assert_eq!(look(&mut cause, None, begin + 50), None);
        }
        assert_eq!(look(&mut cause, Some(400), 400), None);
        assert_eq!(look(&mut cause, Some(400), 3599), None);
        assert_eq!(look(&mut cause, Some(400), 3600), Some((Due::Trouble, 3)));
    }

    #[test]
    fn days_are_told_once_each_and_anew_for_another_end() {
        let mut cause = AlertCause::new("cred_1".to_owned(), Trouble::Expiring);
        let day = 86_400;
        let end = at(40 * day);
        let mut told = Vec::new();
        for hour in 0..(42 * 24) {
            let now = at(hour * 3600);
            if let Some(days) = cause.due_days(end, now) {
                cause.tell_days(days, end, now);
                told.push(days);
            }
        }
        assert_eq!(told, EXPIRY_ALERT_DAYS);
        let other = at(48 * day);
        assert_eq!(
            cause.due_days(other, at(42 * day)),
            Some(7),
            "it comes late"
        );
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_silence_it() {
        let mut cause = cause();
        assert!(look(&mut cause, Some(0), 1_000_000).is_some());
        assert!(look(&mut cause, None, 1_000_010).is_some());
        assert!(look(&mut cause, Some(20), 20).is_some());
    }

    proptest! {
        #[test]
        fn each_way_is_told_at_most_once_an_hour(
            steps in prop::collection::vec((1_i64..900, any::<bool>(), any::<bool>()), 1..300),
        ) {
            let mut cause = cause();
            let mut now = 0;
            let mut since = None;
            let mut last = [None; 2];
            let mut believes = false;
            for (gone, is_so, ripe) in steps {
                now += gone;
                since = is_so.then(|| since.unwrap_or(now));
                cause.note(since.map(at));
                if let Some(due) = cause.due(ripe, at(now)) {
                    cause.tell(due, at(now));
                    let way = usize::from(due == Due::Recovery);
                    prop_assert_eq!(believes, due == Due::Recovery);
                    believes = due == Due::Trouble;
                    if let Some(before) = last[way] {
                        prop_assert!(now - before >= 3600);
                    }
                    last[way] = Some(now);
                }
            }
        }
    }
}
