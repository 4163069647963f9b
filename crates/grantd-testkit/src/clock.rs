//! A clock that stands still until it is told to move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use grantd_model::{Clock, Timestamp};

/// Shows the time it was set to; forwards and backwards, as wall clocks jump.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// 2027-01-15T08:00:00Z, where every test begins.
    pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// A clock that shows this time.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.as_micros()))
    }

    /// Shows this time from now on.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_micros(), Ordering::SeqCst);
    }

    /// Moves forward, and tells what it shows then.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let later = self.now().plus(by);
        self.set(later);
        later
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
