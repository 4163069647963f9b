//! A source that can not be asked: who asks it next, and when.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::SourceError;

/// How long nobody asks after the first failure; twice as long after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// The longest that nobody asks.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Whether a source can not be asked.
#[derive(Default)]
pub(crate) struct Outage(Mutex<Option<State>>);

struct State {
    error: SourceError,
    wait: Duration,
    /// Until when nobody asks, by the time since boot.
    until: Duration,
    /// Whether one asks right now.
    is_asked: bool,
}

impl Outage {
    /// Whether this reader asks the source; if not, why it can not be asked.
    ///
    /// # Errors
    /// What the source answered before.
    pub(crate) fn ask(&self, now: Duration) -> Result<(), SourceError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.as_mut() {
            Some(outage) if now < outage.until => Err(outage.error.clone()),
            // this one sees whether it is over, the others go on without
            Some(outage) => {
                outage.until = now + outage.wait;
                outage.is_asked = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Notes how it went.
    pub(crate) fn note<T>(&self, done: &Result<T, SourceError>, now: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Err(error) if error.is_of_the_source() => {
                // those that asked before it was known do not make it longer
                let wait = match state.as_ref() {
                    None => FIRST_WAIT,
                    Some(it) if it.is_asked => (it.wait * 2).min(LONGEST_WAIT),
                    Some(it) => it.wait,
                };
                let asked = match error {
                    SourceError::Busy { after: Some(after) } => (*after).min(LONGEST_WAIT),
                    _ => Duration::ZERO,
                };
                *state = Some(State {
                    error: error.clone(),
                    wait,
                    until: now + wait.max(asked),
                    is_asked: false,
                });
            }
            _ => *state = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn down() -> Result<(), SourceError> {
        Err(SourceError::Unavailable {
            detail: "down".to_owned(),
        })
    }

    #[test]
    fn one_asks_ever_more_rarely_until_it_answers() {
        let outage = Outage::default();
        assert!(outage.ask(s(1)).is_ok());
        outage.note(&down(), s(1));
        assert!(outage.ask(s(2)).is_err());
        assert!(outage.ask(s(3)).is_ok());
        assert!(outage.ask(s(3)).is_err(), "one at a time");
        outage.note(&down(), s(3));
        assert!(outage.ask(s(6)).is_err(), "longer after the second");
        assert!(outage.ask(s(7)).is_ok());
        outage.note(&Ok(()), s(7));
        assert!(outage.ask(s(7)).is_ok() && outage.ask(s(7)).is_ok());
    }

    #[test]
    fn what_is_missing_is_no_outage_and_a_wait_that_is_asked_for_is_kept() {
        let outage = Outage::default();
        let missing = SourceError::NotFound {
            path: "a".to_owned(),
        };
        outage.note::<()>(&Err(missing), s(1));
        assert!(outage.ask(s(1)).is_ok());
        let busy = SourceError::Busy { after: Some(s(20)) };
        outage.note::<()>(&Err(busy), s(1));
        assert!(outage.ask(s(20)).is_err());
        assert!(outage.ask(s(21)).is_ok());
    }
}
