//! What a slot is built on. The model of its interleavings has another file of this name.

pub(super) use std::sync::{Arc, Mutex};
use std::sync::{MutexGuard, PoisonError};

use arc_swap::ArcSwap;

/// A value that is replaced as a whole and read without waiting.
pub(super) struct Cell<T>(ArcSwap<T>);

impl<T> Cell<T> {
    pub(super) fn new(value: T) -> Self {
        Self(ArcSwap::from_pointee(value))
    }

    pub(super) fn load(&self) -> Arc<T> {
        self.0.load_full()
    }

    pub(super) fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.load())
    }

    pub(super) fn store(&self, value: T) {
        self.0.store(Arc::new(value));
    }
}

/// The lock; a panic of its holder leaves nothing half done.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
