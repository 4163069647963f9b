//! Points in time, and the clock as a parameter.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A point in time: microseconds since 1970-01-01T00:00:00Z. Text form: RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From seconds since 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This much later; stops at the end of time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// How much later than the other; zero if it is not later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Self(time.as_microsecond()))
            .map_err(|_| {
                Invalid::new(
                    "invalid_time",
                    "a time in the form of RFC 3339 is expected, such as `2027-01-31T09:00:00Z`",
                )
            })
    }
}

impl TryFrom<String> for Timestamp {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

/// One moment as two clocks show it: the wall clock, which people set and which may jump, and the
/// time since boot, which only runs forward, through sleep of the machine as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the wall clock.
    pub wall: Timestamp,
    /// Since boot.
    pub boot: Duration,
}

impl Moment {
    /// How much of a span that began then is left now, by the clock that shows less.
    #[must_use]
    pub fn left_of(self, span: Duration, now: Self) -> Duration {
        let by_wall = self.wall.plus(span).since(now.wall);
        let by_boot = span.saturating_sub(now.boot.saturating_sub(self.boot));
        by_wall.min(by_boot)
    }
}

/// Tells the time. The system's clock is read in one place, tests bring their own.
pub trait Clock: Send + Sync {
    /// The time now, by the wall clock; it may jump.
    fn now(&self) -> Timestamp;

    /// How long the machine has been up, sleep included; it never goes back.
    fn since_boot(&self) -> Duration;

    /// Both at once.
    fn moment(&self) -> Moment {
        Moment {
            wall: self.now(),
            boot: self.since_boot(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_rfc_3339_in_utc() {
        let time = Timestamp::from_micros(1_795_472_687_000_001);
        assert_eq!(time.to_string(), "2026-11-23T22:24:47.000001Z");
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!(
            "1970-01-01T01:00:00+01:00".parse(),
            Ok(Timestamp::from_micros(0))
        );
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn what_is_left_is_told_by_the_clock_that_shows_less() {
        let at = |wall: i64, boot: u64| Moment {
            wall: Timestamp::from_seconds(wall),
            boot: Duration::from_secs(boot),
        };
        let (span, start) = (Duration::from_mins(1), at(1000, 5));
        for (now, left) in [
            (at(1000, 5), 60),
            (at(1010, 15), 50),
            (at(1060, 65), 0),
            (at(0, 15), 50),
            (at(9000, 15), 0),
            (at(1010, 500), 0),
            (at(1010, 0), 50),
        ] {
            assert_eq!(
                start.left_of(span, now),
                Duration::from_secs(left),
                "{now:?}"
            );
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let end = Timestamp::from_micros(i64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(Timestamp::from_micros(5).since(end), Duration::ZERO);
    }
}
