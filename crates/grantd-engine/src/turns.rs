//! Lets one read what many want at once, so that the others find it read.

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

/// How many different things are read at once at most.
const PLACES: usize = 16;

/// How long the others wait; then each reads for itself, so that a store that hangs holds nobody up
/// for longer than it takes.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whose turn it is to read.
pub(crate) struct Turns {
    places: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| Mutex::new(())).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Turns {
    /// Waits for the turn to read this; it lasts as long as the guard. None after some time.
    pub(crate) async fn take<T: Hash>(&self, wanted: &T) -> Option<MutexGuard<'_, ()>> {
        let hash = self.hasher.hash_one(wanted) % PLACES as u64;
        let place = self.places.get(usize::try_from(hash).ok()?)?;
        tokio::time::timeout(PATIENCE, place.lock()).await.ok()
    }
}
