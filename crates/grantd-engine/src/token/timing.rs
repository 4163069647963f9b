//! When a token is renewed, how much of it must be left to be handed out, and how long nothing is
//! tried after a failure. Pure: durations in, durations out.

use std::time::Duration;

/// What callers get at least, where the server gives that much. Some clients ignore a token with
/// less.
const LEAST_LEFT: Duration = Duration::from_secs(30);

/// The least margin before the end at which a token is renewed, of long-lived ones.
const LEAST_MARGIN: Duration = Duration::from_mins(5);

/// The longest that a token is kept, whatever its server says.
pub(crate) const MOST_LIFETIME: Duration = Duration::from_hours(24);

/// The longest that a server can have grantd wait.
const MOST_RETRY_AFTER: Duration = Duration::from_hours(1);

/// The least time after which a token is asked for anew that the server gives unchanged, or wants
/// renewed at once.
const SAME_AGAIN: Duration = Duration::from_secs(30);

/// A part of a whole, drawn at random: from nothing to all of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jitter(u16);

impl Jitter {
    /// From two random bytes.
    pub(crate) const fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_le_bytes(bytes))
    }

    fn part_of(self, whole: Duration) -> Duration {
        whole * u32::from(self.0) / u32::from(u16::MAX)
    }
}

/// How long before its end a token of this lifetime is renewed.
pub(crate) fn margin(lifetime: Duration) -> Duration {
    LEAST_MARGIN.max(lifetime / 10).min(lifetime / 2)
}

/// How long after its request a token is renewed: when the server says, but neither in a loop nor
/// so late that callers would be left with less than the margin; else ahead of its end by the
/// margin. Jitter only makes it earlier, by a fifth of the margin at most.
pub(crate) fn renew_after(
    lifetime: Duration,
    refresh_in: Option<Duration>,
    jitter: Jitter,
) -> Duration {
    let latest = lifetime.saturating_sub(margin(lifetime));
    let soonest = SAME_AGAIN.min(latest);
    let wanted = refresh_in.map_or(latest, |refresh_in| refresh_in.clamp(soonest, latest));
    wanted.saturating_sub(jitter.part_of((margin(lifetime) / 5).min(wanted / 5)))
}

/// How long after its request a token is asked for anew that came back unchanged with so much left:
/// half of that, so that it is tried ever more often towards the end, but never in a loop.
pub(crate) fn same_again_after(left: Duration) -> Duration {
    (left / 2).max(SAME_AGAIN)
}

/// When a token is to be looked at again: when it is renewed, after a failure not before that is
/// tried again, and at its end in any case. A request may fail long before a token is due, so that
/// the time of its next try alone would be over again and again.
pub(crate) fn look_again(renew: Duration, end: Duration, retry: Option<Duration>) -> Duration {
    retry.map_or(renew, |retry| retry.max(renew)).min(end)
}

/// How much a caller with this wish needs to be left of a token of this lifetime. What a server
/// gives limits what can be wished for, so that no wish makes a request for each call.
pub(crate) fn needed(wish: Duration, lifetime: Duration) -> Duration {
    wish.max(LEAST_LEFT).min(lifetime / 2)
}

/// What a failure says of the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails until somebody edits something.
    Configuration,
    /// It may work by itself the next time.
    Transient {
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
}

/// How long nothing is tried after so many failures in a row, the last one included.
pub(crate) fn cool_down(fault: Fault, times: u32, jitter: Jitter) -> Duration {
    let doubled = |first: u64, most: u64| {
        let factor = 1_u64 << times.saturating_sub(1).min(16);
        Duration::from_secs(first.saturating_mul(factor).min(most))
    };
    match fault {
        Fault::Configuration => doubled(30, 15 * 60),
        Fault::Transient {
            retry_after: Some(wait),
        } if !wait.is_zero() => wait.min(MOST_RETRY_AFTER),
        Fault::Transient { .. } => {
            let wait = doubled(1, 60);
            wait.saturating_sub(jitter.part_of(wait / 4))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Jitter = Jitter(0);
    const ALL: Jitter = Jitter(u16::MAX);

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_margin_is_five_minutes_or_a_tenth_but_no_more_than_half() {
        for (lifetime, expected) in [(0, 0), (10, 5), (600, 300), (3600, 360), (86_400, 8640)] {
            assert_eq!(margin(s(lifetime)), s(expected), "{lifetime}");
        }
        assert_eq!(margin(s(1200)), s(300));
    }

    #[test]
    fn renewal_is_ahead_of_the_end_and_jitter_only_makes_it_earlier() {
        assert_eq!(renew_after(s(3600), None, NONE), s(3240));
        assert_eq!(renew_after(s(3600), None, ALL), s(3240 - 72));
        assert_eq!(renew_after(s(86_400), Some(s(43_200)), NONE), s(43_200));
        assert!(renew_after(s(86_400), Some(s(43_200)), ALL) >= s(43_200 - 1728));
        assert_eq!(renew_after(s(60), Some(s(90)), NONE), s(30));
        assert_eq!(renew_after(s(3600), Some(s(3599)), NONE), s(3240));
        assert_eq!(renew_after(s(3600), Some(s(1)), NONE), s(30));
        assert_eq!(renew_after(s(20), Some(s(1)), NONE), s(10));
        for lifetime in [1, 7, 60, 299, 3599] {
            let early = renew_after(s(lifetime), None, ALL);
            assert!(early > Duration::ZERO && early < s(lifetime), "{lifetime}");
        }
    }

    #[test]
    fn a_failure_puts_renewal_off_and_never_makes_it_sooner() {
        assert_eq!(look_again(s(3240), s(3600), None), s(3240));
        assert_eq!(look_again(s(3240), s(3600), Some(s(60))), s(3240));
        assert_eq!(look_again(s(3240), s(3600), Some(s(3300))), s(3300));
        assert_eq!(look_again(s(3240), s(3600), Some(s(4000))), s(3600));
        assert_eq!(look_again(s(30), s(20), None), s(20));
    }

    #[test]
    fn wishes_are_limited_by_what_the_server_gives() {
        assert_eq!(needed(s(0), s(3600)), s(30));
        assert_eq!(needed(s(300), s(3600)), s(300));
        assert_eq!(needed(s(9000), s(3600)), s(1800));
        assert_eq!(needed(s(0), s(20)), s(10));
    }

    #[test]
    fn failures_wait_longer_each_time_up_to_a_limit() {
        let waits = |fault| [1, 2, 3, 6, 7, 99].map(|times| cool_down(fault, times, NONE));
        assert_eq!(
            waits(Fault::Configuration),
            [s(30), s(60), s(120), s(900), s(900), s(900)]
        );
        let transient = Fault::Transient { retry_after: None };
        assert_eq!(waits(transient), [s(1), s(2), s(4), s(32), s(60), s(60)]);
        assert_eq!(cool_down(transient, 3, ALL), s(3));
        let told = |wait| Fault::Transient {
            retry_after: Some(wait),
        };
        assert_eq!(cool_down(told(s(17)), 5, ALL), s(17));
        assert_eq!(cool_down(told(s(1 << 40)), 5, ALL), s(3600));
        assert_eq!(cool_down(told(s(0)), 1, NONE), s(1));
    }
}
