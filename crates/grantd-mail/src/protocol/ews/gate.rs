//! A gate before each mailbox: whoever has something to do there waits where the server asks for it.
//!
//! Exchange counts what is done to the mailbox that is opened, whoever opens it; so all listeners on
//! a mailbox share one gate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use grantd_model::listener::MailAddress;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::fault::MailFault;

/// How many requests go to one mailbox at once: Exchange allows 27, others want to get in too.
const MOST_AT_ONCE: usize = 4;

/// After how many answers in a row one request more goes at once again.
const GROW_AFTER: u32 = 20;

/// How long the first wait is where the server does not say.
const FIRST_WAIT: Duration = Duration::from_secs(10);

/// The shortest wait.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// The gates of all mailboxes.
#[derive(Debug, Default)]
pub struct Gates(Mutex<HashMap<(String, String), Weak<Gate>>>);

impl Gates {
    /// The gate of a mailbox at a host.
    pub fn of(&self, host: &str, mailbox: &MailAddress) -> Arc<Gate> {
        let place = (host.to_lowercase(), mailbox.as_str().to_lowercase());
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(&place).and_then(Weak::upgrade) {
            return gate;
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::new(Gate::default());
        gates.insert(place, Arc::downgrade(&gate));
        gate
    }
}

/// The gate of one mailbox.
#[derive(Debug)]
pub struct Gate {
    turns: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Nothing is sent before.
    closed_until: Option<Instant>,
    /// What it said when it asked for that.
    said: String,
    /// How often in a row the server asked to wait.
    times: u32,
    /// How many turns are taken away.
    less: usize,
    /// How many answers came in a row.
    answers: u32,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(MOST_AT_ONCE)),
            state: Mutex::default(),
        }
    }
}

impl Gate {
    /// A turn, once the gate is open.
    ///
    /// # Errors
    /// [`MailFault::Busy`] with what is left of a wait that is longer than a moment: whoever asks has
    /// better things to do.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, MailFault> {
        const MOMENT: Duration = Duration::from_secs(5);
        loop {
            let closed = self.state().closed_until;
            match closed.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(left) if left > MOMENT => {
                    return Err(MailFault::Busy {
                        after: Some(left),
                        detail: self.state().said.clone(),
                    });
                }
                Some(left) if !left.is_zero() => tokio::time::sleep(left).await,
                _ => break,
            }
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(|_| MailFault::Transient {
            class: "shutting_down",
            detail: "grantd is ending".to_owned(),
        })
    }

    /// The server asks to wait: nothing is sent for so long, and less at once after that. Returns how
    /// long; `jitter` is from 0 to 1.
    pub fn close(&self, asked: Option<Duration>, said: &str, jitter: f64) -> Duration {
        let mut state = self.state();
        said.clone_into(&mut state.said);
        let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(state.times).unwrap_or(u32::MAX));
        // a server that asks for no time at all is not asked again at once
        let wait = match asked.filter(|asked| !asked.is_zero()) {
            Some(asked) => asked.max(LEAST_WAIT),
            None => doubled.min(LONGEST_WAIT).mul_f64(0.75 + jitter / 2.0),
        }
        .min(LONGEST_WAIT);
        state.times = state.times.saturating_add(1).min(16);
        state.answers = 0;
        let until = Instant::now() + wait;
        state.closed_until = Some(state.closed_until.map_or(until, |now| now.max(until)));
        let shrink = (MOST_AT_ONCE - 1).saturating_sub(state.less);
        state.less += self.turns.forget_permits(shrink);
        wait
    }

    /// The server answered.
    pub fn answered(&self) {
        let mut state = self.state();
        // a wait that another one was told stays
        if state
            .closed_until
            .is_none_or(|until| until <= Instant::now())
        {
            state.times = 0;
            state.closed_until = None;
        }
        if state.less == 0 {
            return;
        }
        state.answers += 1;
        if state.answers >= GROW_AFTER {
            state.answers = 0;
            state.less -= 1;
            self.turns.add_permits(1);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_and_end_with_an_answer() {
        let gate = Gate::default();
        assert_eq!(gate.close(None, "slow down", 0.5), Duration::from_secs(10));
        assert_eq!(gate.close(None, "slow down", 0.5), Duration::from_secs(20));
        let fault = gate.turn().await.unwrap_err();
        let MailFault::Busy {
            after: Some(left),
            detail,
        } = fault
        else {
            panic!("{fault}");
        };
        assert_eq!(detail, "slow down");
        assert_eq!(left, Duration::from_secs(20));
        tokio::time::advance(Duration::from_secs(16)).await;
        let turn = gate.turn().await.unwrap();
        gate.answered();
        assert_eq!(
            gate.close(Some(Duration::from_secs(3)), "slow down", 0.5),
            Duration::from_secs(3)
        );
        drop(turn);
        for _ in 0..20 {
            assert_eq!(
                gate.close(None, "slow down", 1.0).max(LONGEST_WAIT),
                LONGEST_WAIT
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_to_an_earlier_request_opens_nothing() {
        let gate = Gate::default();
        let none_at_all = gate.close(Some(Duration::ZERO), "slow down", 0.5);
        assert_eq!(none_at_all, Duration::from_secs(10));
        gate.close(Some(Duration::from_mins(1)), "slow down", 0.5);
        gate.answered();
        assert!(gate.turn().await.is_err());
        tokio::time::advance(Duration::from_secs(61)).await;
        gate.answered();
        assert!(gate.turn().await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_mailbox_gets_one_request_at_a_time() {
        let gate = Gate::default();
        gate.close(Some(Duration::from_secs(1)), "slow down", 0.0);
        tokio::time::advance(Duration::from_secs(2)).await;
        let one = gate.turn().await.unwrap();
        let two = tokio::time::timeout(Duration::from_secs(9), gate.turn()).await;
        assert!(two.is_err(), "a second one has to wait");
        drop(one);
        for _ in 0..GROW_AFTER {
            gate.answered();
        }
        let _one = gate.turn().await.unwrap();
        let _two = gate.turn().await.unwrap();
    }

    #[test]
    fn a_mailbox_has_one_gate_at_a_host() {
        let gates = Gates::default();
        let mailbox = MailAddress::try_from("a@x.test").unwrap();
        let one = gates.of("h", &mailbox);
        let same = gates.of("H", &MailAddress::try_from("A@X.test").unwrap());
        assert!(Arc::ptr_eq(&one, &same));
        assert!(!Arc::ptr_eq(&one, &gates.of("other", &mailbox)));
    }
}
