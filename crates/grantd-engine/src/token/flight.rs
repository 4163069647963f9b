//! A token request on its way: one for a slot, whoever waits for it, and to its end even if nobody
//! does.

use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;

use grantd_model::{Actor, EventCause, Moment};
use tokio::sync::watch;
use tracing::Instrument;

use super::attempt::{Attempted, compare};
use super::failure::{self, TokenFailure};
use super::held::HeldToken;
use super::scoped::{Landed, ScopedTokens, SlotState, TokenSlot, Waiter};
use super::slot::Joined;
use super::timing;
use crate::directory::Known;
use crate::history::ledger::Entry;
use crate::{CredentialRef, Engine, EngineError};

/// A request that is under way. Dropped before its end, it lands with a failure, so that nobody
/// waits for ever.
struct Flight {
    engine: Engine,
    tokens: Arc<ScopedTokens>,
    slot: Arc<TokenSlot>,
    cause: EventCause,
    actor: Actor,
    landing: Option<watch::Sender<Option<Landed>>>,
    /// How many times the tokens had been dropped when it asked.
    drops: u64,
}

impl Engine {
    /// Follows the flight of the slot, or begins one unless its state is enough.
    pub(crate) fn board<R>(
        &self,
        known: &Known,
        slot: &Arc<TokenSlot>,
        (cause, actor): (EventCause, &Actor),
        enough: impl Fn(&SlotState) -> Option<R>,
    ) -> Joined<R, Waiter> {
        slot.core.join(enough, || {
            let (sender, receiver) = watch::channel(None);
            let flight = Flight {
                engine: self.clone(),
                tokens: Arc::clone(&known.tokens),
                slot: Arc::clone(slot),
                cause,
                actor: actor.clone(),
                landing: Some(sender),
                drops: known.tokens.drops(),
            };
            self.parts().metrics.flight_begins();
            // its log lines are those of the request that began it
            self.tasks().spawn(flight.fly().in_current_span());
            Waiter(receiver)
        })
    }
}

impl Waiter {
    /// Waits until the flight has landed; none if it was cut off with the whole process.
    pub(crate) async fn landed(mut self) -> Option<Landed> {
        let landed = self.0.wait_for(Option::is_some).await;
        landed.ok().and_then(|landed| landed.clone())
    }
}

impl Flight {
    async fn fly(mut self) {
        let begun = self.engine.moment();
        self.drops = self.tokens.drops();
        let mut attempted = self.attempt().await;
        if self.tokens.drops() != self.drops {
            // its secret became another one while it was on its way
            self.drops = self.tokens.drops();
            attempted = self.attempt().await;
        }
        let duration = self.engine.moment().boot.saturating_sub(begun.boot);
        let landed = self.conclude(attempted, duration).await;
        self.land(landed);
    }

    async fn attempt(&self) -> Attempted {
        let refused = |error| Attempted {
            result: Err(error),
            secret_version: None,
        };
        let known = match self.current().await {
            Ok(known) => known,
            Err(error) => return refused(error),
        };
        let settings = &known.credential.settings;
        let (endpoint, patience) = (&settings.token_endpoint, settings.timeouts.request);
        let servers = self.engine.servers();
        let id = known.credential.id;
        let _turn = match servers.turn(id, endpoint, patience).await {
            Ok(turn) => turn,
            Err(error) => return refused(error),
        };
        // much may have happened until its turn came
        let known = match self.current().await {
            Ok(known) => known,
            Err(error) => return refused(error),
        };
        let attempted = self
            .engine
            .attempt(&known.credential, &self.tokens, &self.slot)
            .await;
        Attempted {
            result: attempted
                .result
                .map(|token| compare(token, self.slot.core.state().token.as_ref())),
            ..attempted
        }
    }

    /// The credential, if it still is of the generation that is asked for.
    async fn current(&self) -> Result<Arc<Known>, EngineError> {
        let wanted = CredentialRef::Id(self.tokens.credential);
        let known = self.engine.known(&wanted).await?;
        if known.credential.token_generation != self.tokens.token_generation {
            return Err(EngineError::ChangedMeanwhile);
        }
        if !known.credential.enabled {
            return Err(EngineError::Disabled);
        }
        Ok(known)
    }

    /// Drops an outdated answer, and records how it ended; what can not be recorded is not given
    /// out.
    async fn conclude(&self, attempted: Attempted, duration: Duration) -> Landed {
        let now = self.engine.moment();
        let current = self.current().await;
        let mut result = match (&attempted.result, &current) {
            (Ok(_), Err(_)) => Err(EngineError::ChangedMeanwhile),
            _ => attempted.result,
        };
        if let Ok(token) = &result
            && token.left(now).is_zero()
        {
            result = Err(EngineError::OverOnArrival);
        }
        let result = result.map_err(|cause| self.failure(cause, now));
        let metrics = &self.engine.parts().metrics;
        metrics.flight_ends(self.cause, &result, duration);
        let entry = Entry {
            credential: self.tokens.credential,
            token_generation: self.tokens.token_generation,
            name: current
                .as_ref()
                .ok()
                .map(|known| known.credential.settings.name.to_string()),
            cause: self.cause,
            actor: self.actor.reference(),
            at: now.wall,
            duration,
            secret_version: attempted.secret_version,
            is_current: current.is_ok(),
        };
        match (self.engine.enter(entry, &result).await, result) {
            (Ok(()), Ok(token)) => Landed::Token(Arc::new(token)),
            (Ok(()), Err(failure)) => Landed::Failure(Arc::new(failure)),
            (Err(error), Ok(_)) => {
                Landed::Failure(Arc::new(self.failure(EngineError::Store(error), now)))
            }
            (Err(error), Err(failure)) => {
                tracing::error!(%error, "a failed token request could not be recorded");
                Landed::Failure(Arc::new(failure))
            }
        }
    }

    fn failure(&self, cause: EngineError, now: Moment) -> TokenFailure {
        let fault = failure::fault(&cause);
        let state = self.slot.core.state();
        // another kind of failure begins anew: an outage does not make a first refusal wait long
        let before = state.failure.as_ref().filter(|before| {
            let kind = failure::fault(&before.cause).as_ref().map(discriminant);
            kind == fault.as_ref().map(discriminant)
        });
        let times = before.map_or(0, |before| before.times).saturating_add(1);
        let wait = fault.map_or(Duration::ZERO, |fault| {
            timing::cool_down(fault, times, self.engine.jitter())
        });
        TokenFailure {
            cause,
            at: now,
            times,
            wait,
        }
    }

    fn land(&mut self, landed: Landed) {
        let Some(sender) = self.landing.take() else {
            return;
        };
        self.slot.core.land(|before| match &landed {
            Landed::Token(token) => SlotState {
                // those who wait get it all the same, and nobody after them
                token: (self.tokens.drops() == self.drops).then(|| Arc::clone(token)),
                failure: None,
            },
            Landed::Failure(failure) => SlotState {
                token: before.token.clone(),
                failure: failure::fault(&failure.cause)
                    .is_some()
                    .then(|| Arc::clone(failure)),
            },
        });
        self.engine.put_in_queue(&self.tokens, &self.slot);
        sender.send_replace(Some(landed));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.landing.is_some() {
            self.engine.parts().metrics.flight_is_cut_off();
            let now = self.engine.moment();
            let failure = self.failure(EngineError::CutOff, now);
            self.land(Landed::Failure(Arc::new(failure)));
        }
    }
}

/// The token that a caller who has waited gets, or why there is none.
pub(crate) fn outcome(
    landed: Option<Landed>,
    state: &SlotState,
    now: Moment,
) -> Result<Arc<HeldToken>, EngineError> {
    let good = |token: &Arc<HeldToken>| !token.left(now).is_zero();
    match landed {
        Some(Landed::Token(token)) if good(&token) => Ok(token),
        Some(Landed::Token(_)) => Err(EngineError::OverOnArrival),
        Some(Landed::Failure(failure)) => match state.token.as_ref().filter(|token| good(token)) {
            Some(token) => Ok(Arc::clone(token)),
            None => Err(failure.told(now)),
        },
        None => Err(EngineError::CutOff),
    }
}

/// The credential is gone or is another one: the words for those who asked for it.
pub(crate) fn is_outdated(error: &EngineError) -> bool {
    match error {
        EngineError::NoToken { failure, .. } => is_outdated(&failure.cause),
        EngineError::ChangedMeanwhile | EngineError::Disabled | EngineError::NotFound { .. } => {
            true
        }
        _ => false,
    }
}
