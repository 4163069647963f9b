//! The tokens of one credential, at one generation: one slot for all its scopes, and one for each
//! part of them that somebody asked for.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use grantd_model::{CredentialId, Moment, ScopeSet};
use tokio::sync::watch;

use super::failure::TokenFailure;
use super::held::HeldToken;
use super::slot::Slot;

/// The most parts of a credential's scopes that have a token of their own.
pub(crate) const MOST_PARTS: usize = 16;

/// What a slot knows.
#[derive(Debug, Default, Clone)]
pub(crate) struct SlotState {
    /// The token at hand; it may be over.
    pub(crate) token: Option<Arc<HeldToken>>,
    /// Why the last request gave none.
    pub(crate) failure: Option<Arc<TokenFailure>>,
}

/// How a flight ended.
#[derive(Debug, Clone)]
pub(crate) enum Landed {
    /// With a token.
    Token(Arc<HeldToken>),
    /// Without.
    Failure(Arc<TokenFailure>),
}

/// What those who follow a flight wait with.
#[derive(Clone)]
pub(crate) struct Waiter(pub(crate) watch::Receiver<Option<Landed>>);

/// What can be done for a caller.
pub(crate) enum Answer {
    /// This token is handed out.
    Token(Arc<HeldToken>),
    /// This one is, and renewed behind the caller's back.
    Renew(Arc<HeldToken>),
    /// None, and nothing is tried yet.
    Failure(Arc<TokenFailure>),
    /// One has to be asked for.
    Ask,
}

/// The slot of one token, with when it was last wanted and is next due.
pub(crate) struct TokenSlot {
    /// The scopes asked for, where they are not all of the credential's.
    pub(crate) part: Option<ScopeSet>,
    pub(crate) core: Slot<SlotState, Waiter>,
    /// Microseconds since boot when it was last wanted.
    wanted: AtomicU64,
    /// Microseconds since boot of its place in the queue; another place is outdated.
    due: AtomicU64,
    /// Microseconds since boot when one that a resource refused was last dropped; 0 if never.
    rejected: AtomicU64,
    /// The claims that a resource has asked for and that no token has brought yet.
    claims: ArcSwapOption<String>,
}

impl TokenSlot {
    fn new(part: Option<ScopeSet>) -> Self {
        Self {
            part,
            core: Slot::new(SlotState::default()),
            wanted: AtomicU64::new(0),
            due: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            claims: ArcSwapOption::empty(),
        }
    }

    /// What can be done for a caller who wants at least so much to be left.
    pub(crate) fn answer(&self, wish: Duration, now: Moment) -> Answer {
        self.core
            .with_state(|state| answer(state, wish, now))
            .unwrap_or(Answer::Ask)
    }

    /// Notes that it is wanted now.
    pub(crate) fn touch(&self, now: Moment) {
        let micros = micros(now.boot);
        // most calls come within a moment of each other; writing would take the line from others
        if micros.saturating_sub(self.wanted.load(Ordering::Relaxed)) > 100_000 {
            self.wanted.store(micros, Ordering::Relaxed);
        }
    }

    /// Whether nobody has wanted it for a lifetime of its token.
    pub(crate) fn is_idle(&self, lifetime: Duration, now: Moment) -> bool {
        let wanted = Duration::from_micros(self.wanted.load(Ordering::Relaxed));
        now.boot.saturating_sub(wanted) > lifetime
    }

    /// Whether one that a resource refused may be dropped: once in such a span.
    pub(crate) fn may_reject(&self, span: Duration, now: Moment) -> bool {
        let (last, now) = (
            self.rejected.load(Ordering::Relaxed),
            micros(now.boot).max(1),
        );
        let may = last == 0 || now.saturating_sub(last) >= micros(span);
        if may {
            self.rejected.store(now, Ordering::Relaxed);
        }
        may
    }

    /// The next token is asked for with these claims.
    pub(crate) fn ask_claims(&self, claims: &str) {
        self.claims.store(Some(Arc::new(claims.to_owned())));
    }

    /// The claims that the next token is asked for with.
    pub(crate) fn claims(&self) -> Option<Arc<String>> {
        self.claims.load_full()
    }

    /// A token was got with these claims: the one after it is asked for without.
    pub(crate) fn answered_claims(&self, answered: &Arc<String>) {
        self.claims
            .compare_and_swap(&Some(Arc::clone(answered)), None);
    }

    /// Gives it another place in the queue.
    pub(crate) fn put_due(&self, at: Duration) {
        self.due.store(micros(at), Ordering::Relaxed);
    }

    /// Whether this is its place in the queue.
    pub(crate) fn is_due_at(&self, at: Duration) -> bool {
        self.due.load(Ordering::Relaxed) == micros(at)
    }
}

/// Decides for a caller; none means that a token has to be asked for.
pub(crate) fn answer(state: &SlotState, wish: Duration, now: Moment) -> Option<Answer> {
    let cooling = state
        .failure
        .as_ref()
        .filter(|failure| failure.is_cooling(now));
    let token = state
        .token
        .as_ref()
        .filter(|token| !token.left(now).is_zero());
    match (token, cooling) {
        (Some(token), None) if !token.is_enough(wish, now) => None,
        (Some(token), None) if token.is_due(now) => Some(Answer::Renew(Arc::clone(token))),
        // while no better one can be had, a good token is handed out to its end
        (Some(token), _) => Some(Answer::Token(Arc::clone(token))),
        (None, Some(failure)) => Some(Answer::Failure(Arc::clone(failure))),
        (None, None) => None,
    }
}

/// The tokens of a credential at one generation.
pub(crate) struct ScopedTokens {
    pub(crate) credential: CredentialId,
    pub(crate) token_generation: u64,
    whole: Arc<TokenSlot>,
    parts: ArcSwap<Vec<Arc<TokenSlot>>>,
    growing: Mutex<()>,
    /// Which version of the secret the server accepted last; 0 if none.
    accepted: AtomicU32,
    retired: AtomicBool,
    /// How many times all tokens were dropped: one that was asked for before comes too late.
    drops: AtomicU64,
}

impl ScopedTokens {
    pub(crate) fn new(credential: CredentialId, token_generation: u64, accepted: u32) -> Self {
        Self {
            credential,
            token_generation,
            whole: Arc::new(TokenSlot::new(None)),
            parts: ArcSwap::default(),
            growing: Mutex::new(()),
            accepted: AtomicU32::new(accepted),
            retired: AtomicBool::new(false),
            drops: AtomicU64::new(0),
        }
    }

    /// The slot for all scopes, or for a part of them; none if there are too many parts.
    pub(crate) fn slot(&self, part: Option<&ScopeSet>, now: Moment) -> Option<Arc<TokenSlot>> {
        let Some(part) = part else {
            return Some(Arc::clone(&self.whole));
        };
        let find = |slots: &[Arc<TokenSlot>]| {
            let mut slots = slots.iter();
            slots.find(|slot| slot.part.as_ref() == Some(part)).cloned()
        };
        if let Some(slot) = find(&self.parts.load()) {
            return Some(slot);
        }
        let _turn = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slots = Vec::clone(&self.parts.load());
        if let Some(slot) = find(&slots) {
            return Some(slot);
        }
        if slots.len() >= MOST_PARTS {
            // one that nobody wants and whose token is over gives its place
            slots.retain(|slot| {
                let state = slot.core.state();
                let over = |token: &Arc<HeldToken>| token.left(now).is_zero();
                !(slot.is_idle(Duration::from_mins(5), now)
                    && state.token.as_ref().is_none_or(over))
            });
        }
        if slots.len() >= MOST_PARTS {
            return None;
        }
        let slot = Arc::new(TokenSlot::new(Some(part.clone())));
        slots.push(Arc::clone(&slot));
        self.parts.store(Arc::new(slots));
        Some(slot)
    }

    /// The slot for all scopes.
    pub(crate) const fn whole(&self) -> &Arc<TokenSlot> {
        &self.whole
    }

    /// All slots there are.
    pub(crate) fn slots(&self) -> Vec<Arc<TokenSlot>> {
        let parts = self.parts.load();
        std::iter::once(&self.whole)
            .chain(parts.iter())
            .cloned()
            .collect()
    }

    /// Lets the next caller ask, whatever failed before.
    pub(crate) fn end_cool_downs(&self) {
        for slot in self.slots() {
            slot.core.change(|state| SlotState {
                token: state.token.clone(),
                failure: None,
            });
        }
    }

    /// Throws the tokens at hand away; tells how many were still good. What failed cools down on.
    pub(crate) fn drop_all(&self, now: Moment) -> usize {
        // counted before: what lands in between is either dropped here, or sees that it was
        self.drops.fetch_add(1, Ordering::AcqRel);
        let mut good = 0;
        for slot in self.slots() {
            slot.core.change(|state| {
                let token = state.token.as_ref();
                good += usize::from(token.is_some_and(|token| !token.left(now).is_zero()));
                SlotState {
                    token: None,
                    failure: state.failure.clone(),
                }
            });
        }
        good
    }

    /// How many times all tokens were dropped.
    pub(crate) fn drops(&self) -> u64 {
        self.drops.load(Ordering::Acquire)
    }

    /// Which version of the secret the server accepted last.
    pub(crate) fn accepted(&self) -> u32 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Notes which version the server accepted.
    pub(crate) fn accept(&self, version: u32) {
        self.accepted.store(version, Ordering::Relaxed);
    }

    /// Nothing of this generation is renewed or handed out any more.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    /// Whether that is so.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
