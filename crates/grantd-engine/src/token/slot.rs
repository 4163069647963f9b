//! Where one token is kept: a state that is read without waiting, and at most one flight that is to
//! change it.
//!
//! Invariant: whoever comes while a flight is under way follows it; whoever comes after it sees what
//! it brought. Between the two there is no gap in which a second flight could begin. The file is
//! compiled a second time by `tests/model`, which runs it through interleavings of threads.

use super::sync::{Arc, Cell, Mutex, locked};

/// A state `S`, and what followers of the flight wait with, `W`.
pub(crate) struct Slot<S, W> {
    state: Cell<S>,
    flight: Mutex<Option<W>>,
}

/// What became of joining.
#[derive(Debug)]
pub(crate) enum Joined<R, W> {
    /// The state was enough already.
    Enough(R),
    /// There is a flight, now or before; it is to be waited for.
    Follow(W),
}

impl<S, W: Clone> Slot<S, W> {
    /// A slot in this state, without flight.
    pub(crate) fn new(state: S) -> Self {
        Self {
            state: Cell::new(state),
            flight: Mutex::new(None),
        }
    }

    /// The state now.
    pub(crate) fn state(&self) -> Arc<S> {
        self.state.load()
    }

    /// Looks at the state now.
    pub(crate) fn with_state<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        self.state.with(look)
    }

    /// Takes what is wanted from the state, or follows the flight; `lead` begins one where there is
    /// none. It must not wait.
    pub(crate) fn join<R>(
        &self,
        enough: impl Fn(&S) -> Option<R>,
        lead: impl FnOnce() -> W,
    ) -> Joined<R, W> {
        let mut flight = locked(&self.flight);
        if let Some(waiter) = flight.as_ref() {
            return Joined::Follow(waiter.clone());
        }
        // a flight that has just ended has put its state in place before it went
        if let Some(result) = enough(&self.state.load()) {
            return Joined::Enough(result);
        }
        let waiter = lead();
        *flight = Some(waiter.clone());
        Joined::Follow(waiter)
    }

    /// Ends the flight with a new state; what comes next sees it.
    pub(crate) fn land(&self, change: impl FnOnce(&S) -> S) {
        let mut flight = locked(&self.flight);
        let next = change(&self.state.load());
        self.state.store(next);
        *flight = None;
    }

    /// Changes the state without ending a flight.
    pub(crate) fn change(&self, change: impl FnOnce(&S) -> S) {
        let _turn = locked(&self.flight);
        let next = change(&self.state.load());
        self.state.store(next);
    }
}
