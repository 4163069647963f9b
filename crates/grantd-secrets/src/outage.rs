//! A source that can not be asked: who asks it next, and when.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::SourceError;
use crate::error::Extent;

/// How long nobody asks after the first failure; twice as long after each further one.
pub(crate) const FIRST_WAIT: Duration = Duration::from_secs(2);

/// The longest that nobody asks.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How many different paths fail one after the other until a fault that may be of each alone is taken to be
/// of the source: one path that is broken does not stop the others.
const PATHS: usize = 3;

/// Whether a source can not be asked.
pub(crate) struct Outage {
    state: Mutex<State>,
    is_out: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    out: Option<Out>,
    /// Paths that failed since one was answered, with faults that may be of them alone.
    failing: Vec<String>,
    /// When the last outage ended, by the time since boot.
    over_at: Duration,
}

struct Out {
    error: SourceError,
    extent: Extent,
    wait: Duration,
    /// Until when nobody asks, by the time since boot.
    until: Duration,
    /// Whether one asks right now.
    is_asked: bool,
}

impl Default for Outage {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            is_out: watch::channel(false).0,
        }
    }
}

impl Outage {
    /// Whether somebody could ask the source; if not, why it can not be asked.
    ///
    /// # Errors
    /// What the source answered before.
    pub(crate) fn look(&self, now: Duration) -> Result<(), SourceError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &state.out {
            Some(out) if now < out.until => Err(out.error.clone()),
            _ => Ok(()),
        }
    }

    /// Whether this reader asks the source; if not, why it can not be asked.
    ///
    /// # Errors
    /// What the source answered before.
    pub(crate) fn ask(&self, now: Duration) -> Result<(), SourceError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.out.as_mut() {
            Some(out) if now < out.until => Err(out.error.clone()),
            // this one sees whether it is over, the others go on without
            Some(out) => {
                out.until = now + out.wait;
                out.is_asked = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Waits until there is an outage.
    pub(crate) async fn begins(&self) {
        let mut told = self.is_out.subscribe();
        // the sender lives as long as this
        let _ = told.wait_for(|is_out| *is_out).await;
    }

    /// Whether there is one.
    pub(crate) fn is_on(&self) -> bool {
        *self.is_out.borrow()
    }

    /// Whether there is one that may be of some paths alone.
    pub(crate) fn is_unsure(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let extent = state.out.as_ref().map(|out| out.extent);
        extent == Some(Extent::Unknown)
    }

    /// When the last one of the source as a whole ended, by the time since boot.
    pub(crate) fn over_at(&self) -> Duration {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.over_at
    }

    /// Notes how it went at a path.
    pub(crate) fn note<T>(&self, path: &str, done: &Result<T, SourceError>, now: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let extent = done
            .as_ref()
            .err()
            .map_or(Extent::Path, SourceError::extent);
        match (done, extent) {
            (Err(error), Extent::Source) => state.fails(error, now, LONGEST_WAIT),
            (Err(error), Extent::Unknown) => {
                if state.failing.len() < PATHS && !state.failing.iter().any(|it| it == path) {
                    state.failing.push(path.to_owned());
                }
                if state.failing.len() >= PATHS {
                    // not longer, so that one that is well has its turn soon
                    state.fails(error, now, FIRST_WAIT);
                } else if let Some(out) = &mut state.out {
                    // it was another fault, and this one may be of the path alone
                    out.until = now;
                    out.is_asked = false;
                }
            }
            _ => {
                state.failing.clear();
                if state
                    .out
                    .take()
                    .is_some_and(|out| out.extent == Extent::Source)
                {
                    state.over_at = now;
                }
            }
        }
        let is_out = state.out.is_some();
        self.is_out
            .send_if_modified(|before| std::mem::replace(before, is_out) != is_out);
    }
}

impl State {
    fn fails(&mut self, error: &SourceError, now: Duration, longest: Duration) {
        // those that asked before it was known do not make it longer
        let wait = match &self.out {
            None => FIRST_WAIT,
            Some(it) if it.is_asked => (it.wait * 2).min(longest),
            Some(it) => it.wait,
        };
        self.out = Some(Out {
            error: error.for_others(),
            extent: error.extent(),
            wait,
            until: now + wait.max(error.asks_to_wait().min(LONGEST_WAIT)),
            is_asked: false,
        });
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

    fn busy(after: u64) -> Result<(), SourceError> {
        Err(SourceError::Busy {
            after: Some(s(after)),
        })
    }

    #[test]
    fn one_asks_ever_more_rarely_until_it_answers() {
        let outage = Outage::default();
        assert!(outage.ask(s(1)).is_ok() && !outage.is_on());
        outage.note("a", &down(), s(1));
        assert!(outage.ask(s(2)).is_err() && outage.is_on());
        assert!(outage.look(s(3)).is_ok());
        assert!(outage.ask(s(3)).is_ok());
        assert!(outage.ask(s(3)).is_err(), "one at a time");
        outage.note("a", &down(), s(3));
        assert!(outage.ask(s(6)).is_err(), "longer after the second");
        assert!(outage.ask(s(7)).is_ok());
        outage.note("a", &Ok(()), s(7));
        assert!(outage.ask(s(7)).is_ok() && outage.ask(s(7)).is_ok());
        assert!(!outage.is_on());
        assert_eq!(outage.over_at(), s(7));
    }

    #[test]
    fn one_path_is_no_outage_and_three_are() {
        let outage = Outage::default();
        let missing = SourceError::NotFound {
            path: "a".to_owned(),
        };
        outage.note::<()>("a", &Err(missing), s(1));
        for _ in 0..5 {
            outage.note("a", &busy(20), s(1));
        }
        outage.note("b", &busy(20), s(1));
        assert!(outage.ask(s(1)).is_ok());
        outage.note("c", &Ok(()), s(1));
        for path in ["a", "b"] {
            outage.note(path, &busy(20), s(1));
        }
        assert!(outage.ask(s(1)).is_ok(), "one was answered between");
        outage.note("c", &busy(20), s(1));
        assert!(outage.is_unsure());
        assert!(outage.ask(s(20)).is_err());
        assert!(outage.ask(s(21)).is_ok());
    }
}
