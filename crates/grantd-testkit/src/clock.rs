//! A clock that does what it is told: it stands still, or it goes with the time of tokio, which a
//! test may pause and skip.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use grantd_model::{Clock, Timestamp};
use tokio::time::Instant;

/// Shows the time it was set to; forwards and backwards, as wall clocks jump.
#[derive(Debug)]
pub struct TestClock {
    /// What the wall clock shows, before the time that has gone by since `flowing`.
    wall: AtomicI64,
    /// Microseconds since boot, before the time that has gone by since `flowing`.
    boot: AtomicI64,
    /// When it began to go, if it does.
    flowing: Option<Instant>,
}

impl TestClock {
    /// 2027-01-15T08:00:00Z, where every test begins.
    pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// A clock that shows this time.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self {
            wall: AtomicI64::new(time.as_micros()),
            boot: AtomicI64::new(1_000_000_000),
            flowing: None,
        }
    }

    /// A clock that goes with the time of tokio from here on.
    #[must_use]
    pub fn flowing() -> Self {
        Self {
            flowing: Some(Instant::now()),
            ..Self::default()
        }
    }

    /// The wall clock shows this time from now on; the time since boot is what it was.
    pub fn set(&self, time: Timestamp) {
        self.wall
            .store(time.as_micros() - self.gone_by(), Ordering::SeqCst);
    }

    /// Moves both clocks forward, and tells what the wall clock shows then.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.wall.fetch_add(micros, Ordering::SeqCst);
        self.boot.fetch_add(micros, Ordering::SeqCst);
        self.now()
    }

    fn gone_by(&self) -> i64 {
        let gone_by = self.flowing.map(|since| since.elapsed());
        i64::try_from(gone_by.unwrap_or_default().as_micros()).unwrap()
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.wall.load(Ordering::SeqCst) + self.gone_by())
    }

    fn since_boot(&self) -> Duration {
        let micros = self.boot.load(Ordering::SeqCst) + self.gone_by();
        Duration::from_micros(micros.unsigned_abs())
    }
}
