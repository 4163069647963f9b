//! How long mail waits for a listener, by the clock: also while nothing is delivered.

use std::time::Duration;

use grantd_model::{ListenerState, Timestamp};

/// How long the delay of a mail that was delivered tells of how it is now.
const LATE_COUNTS: Duration = Duration::from_hours(1);

/// How long mail waits now, or waited a short while ago; none where none does as far as is known. The oldest
/// is the receipt of the oldest mail that is written down as still to be delivered.
pub(super) fn lag(
    state: &ListenerState,
    oldest: Option<Timestamp>,
    now: Timestamp,
) -> Option<Duration> {
    let waits = oldest.map(|received| now.since(received));
    let last = state.delivered_at.zip(state.lag).map(|(at, lag)| {
        let age = now.since(at).saturating_add(lag);
        (at, lag, age)
    });
    // what was there before it began waited for nobody's fault
    let is_new = |age: Duration| state.began_at.is_none_or(|began| age <= now.since(began));
    let last = last.filter(|(.., age)| is_new(*age));
    // what comes after it in the same look waits about as long, until that comes to its end
    let goes_on = last.filter(|(at, ..)| state.looked_at.is_none_or(|looked| looked < *at));
    let late = last.filter(|(at, ..)| now.since(*at) < LATE_COUNTS);
    let all = [
        waits,
        goes_on.map(|(.., age)| age),
        late.map(|(_, lag, _)| lag),
    ];
    all.into_iter().flatten().max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(minutes: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + 60 * minutes)
    }

    fn state(began: i64, looked: i64, delivered: i64, lag: u64) -> ListenerState {
        ListenerState {
            began_at: Some(at(began)),
            looked_at: Some(at(looked)),
            delivered_at: Some(at(delivered)),
            lag: Some(Duration::from_mins(lag)),
            ..ListenerState::default()
        }
    }

    #[test]
    fn what_waits_does_so_by_the_clock() {
        let minutes = |state: &ListenerState, oldest: Option<i64>, now| {
            lag(state, oldest.map(at), at(now)).map(|it| it.as_secs() / 60)
        };
        let nothing = ListenerState::default();
        assert_eq!(minutes(&nothing, None, 5), None);
        assert_eq!(minutes(&nothing, Some(5), 7), Some(2));
        assert_eq!(minutes(&nothing, Some(5), 500), Some(495));
        // the last one came late, and all is done
        let done = state(0, 41, 40, 20);
        assert_eq!(minutes(&done, None, 50), Some(20));
        assert_eq!(minutes(&done, None, 100), None);
        // one that came in time tells nothing of an older one that still waits
        let newer = state(0, 41, 40, 0);
        assert_eq!(minutes(&newer, Some(10), 50), Some(40));
        // it hangs in the middle of a look
        let amid = state(0, 30, 40, 20);
        assert_eq!(minutes(&amid, None, 50), Some(30));
        assert_eq!(minutes(&amid, None, 500), Some(480));
        // what is older than the listener
        let old = state(30, 31, 40, 20);
        assert_eq!(minutes(&old, None, 41), None);
    }
}
