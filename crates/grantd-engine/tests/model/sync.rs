//! What the slot is built on here: locks whose every use may be where another thread goes on.

use shuttle::sync::MutexGuard;
pub(super) use shuttle::sync::{Arc, Mutex};
use std::sync::PoisonError;

/// A value that is replaced as a whole. Each load and each store is a step of its own, as they are
/// where nobody waits.
pub(super) struct Cell<T>(Mutex<Arc<T>>);

impl<T> Cell<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(Arc::new(value)))
    }

    pub(super) fn load(&self) -> Arc<T> {
        Arc::clone(&locked(&self.0))
    }

    pub(super) fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.load())
    }

    pub(super) fn store(&self, value: T) {
        *locked(&self.0) = Arc::new(value);
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
