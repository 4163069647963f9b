//! The queue of what is due, and the one task that renews it: no task waits for a token of its own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use grantd_model::{Actor, EventCause};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::scoped::{ScopedTokens, SlotState, TokenSlot};
use super::timing;
use crate::{CredentialRef, Engine};

/// The longest sleep: a machine that was suspended is noticed within this time.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// What is due, soonest first.
#[derive(Default)]
pub(crate) struct DueQueue {
    places: Mutex<BinaryHeap<Reverse<Place>>>,
    sooner: Notify,
}

struct Place {
    /// Since boot.
    at: Duration,
    tokens: Weak<ScopedTokens>,
    slot: Weak<TokenSlot>,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Place {}

impl DueQueue {
    fn put(&self, place: Place) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = places
            .peek()
            .is_none_or(|Reverse(first)| place.at < first.at);
        places.push(Reverse(place));
        drop(places);
        if is_first {
            self.sooner.notify_one();
        }
    }

    /// Takes out everything that is due, and tells when the next is.
    fn take(&self, now: Duration) -> (Vec<Place>, Option<Duration>) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        while let Some(Reverse(first)) = places.peek() {
            if first.at > now {
                return (due, Some(first.at));
            }
            due.extend(places.pop().map(|Reverse(place)| place));
        }
        (due, None)
    }

    /// How many places there are, outdated ones included.
    pub(crate) fn len(&self) -> usize {
        self.places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

impl Engine {
    /// Renews what is due until it is told to stop.
    pub(crate) async fn renew_what_is_due(&self, stop: CancellationToken) {
        loop {
            let now = self.moment();
            let (due, next) = self.queue().take(now.boot);
            for place in due {
                if let (Some(tokens), Some(slot)) = (place.tokens.upgrade(), place.slot.upgrade())
                    && slot.is_due_at(place.at)
                    && !tokens.is_retired()
                {
                    self.renew_or_forget(&tokens, &slot).await;
                }
            }
            let until = next.map_or(LOOK_AGAIN, |at| at.saturating_sub(now.boot));
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.queue().sooner.notified() => {}
                () = tokio::time::sleep(until.min(LOOK_AGAIN)) => {}
            }
        }
    }

    /// Gives a slot its place in the queue, by what its state asks for.
    pub(crate) fn put_in_queue(&self, tokens: &Arc<ScopedTokens>, slot: &Arc<TokenSlot>) {
        let at = slot.core.with_state(due_at);
        if let Some(at) = at {
            self.put_at(tokens, slot, at);
        }
    }

    fn put_at(&self, tokens: &Arc<ScopedTokens>, slot: &Arc<TokenSlot>, at: Duration) {
        slot.put_due(at);
        self.queue().put(Place {
            at,
            tokens: Arc::downgrade(tokens),
            slot: Arc::downgrade(slot),
        });
    }

    async fn renew_or_forget(&self, tokens: &Arc<ScopedTokens>, slot: &Arc<TokenSlot>) {
        let now = self.moment();
        let Some(token) = slot.core.state().token.clone() else {
            return;
        };
        let left = token.left(now);
        if left.is_zero() {
            // nobody gets it any more: its memory is wiped
            slot.core.change(|state| SlotState {
                token: state
                    .token
                    .clone()
                    .filter(|token| !token.left(now).is_zero()),
                failure: state.failure.clone(),
            });
            return;
        }
        if slot.is_idle(token.lifetime, now) {
            self.put_at(tokens, slot, now.boot + left);
            return;
        }
        let Ok(known) = self.known(&CredentialRef::Id(tokens.credential)).await else {
            return;
        };
        if !Arc::ptr_eq(&known.tokens, tokens) {
            return;
        }
        let enough = |state: &SlotState| {
            let failing = state.failure.as_ref();
            let cooling = failing.is_some_and(|failure| failure.is_cooling(now));
            let fresh = |token: &Arc<_>| !super::held::HeldToken::is_due(token, now);
            (cooling || state.token.as_ref().is_some_and(fresh)).then_some(())
        };
        let system = (EventCause::Renewal, &Actor::System);
        if let super::slot::Joined::Enough(()) = self.board(&known, slot, system, enough) {
            self.put_in_queue(tokens, slot);
        }
    }
}

/// When a slot is to be looked at again; none if nobody can be served from it.
fn due_at(state: &SlotState) -> Option<Duration> {
    let token = state.token.as_ref()?;
    let failure = state.failure.as_ref();
    Some(timing::look_again(
        token.requested.boot + token.renew_after,
        token.requested.boot + token.lifetime,
        failure.map(|failure| failure.at.boot + failure.wait),
    ))
}
