//! A store that fails or panics while it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use grantd_store::{ReadUnit, Store, StoreError, WriteUnit};
use grantd_testkit::MemoryStore;

/// What happens to a unit of work.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Mood {
    Works,
    /// A probe takes a second.
    Slow,
    Fails,
    Panics,
}

/// A store in memory with moods.
#[derive(Clone, Default)]
pub(crate) struct FaultyStore {
    inner: MemoryStore,
    mood: Arc<AtomicU8>,
    probes: Arc<AtomicU8>,
}

impl FaultyStore {
    /// Has this mood from now on.
    pub(crate) fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// How often it was probed.
    pub(crate) fn probes(&self) -> u8 {
        self.probes.load(Ordering::SeqCst)
    }

    fn check(&self) -> Result<(), StoreError> {
        match self.mood.load(Ordering::SeqCst) {
            mood if mood == Mood::Fails as u8 => Err(StoreError::Full),
            mood if mood == Mood::Panics as u8 => panic!("a fault of the test"),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn read(&self) -> Result<Box<dyn ReadUnit>, StoreError> {
        self.check()?;
        self.inner.read().await
    }

    async fn write(&self) -> Result<Box<dyn WriteUnit>, StoreError> {
        self.check()?;
        self.inner.write().await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.probes.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        if self.mood.load(Ordering::SeqCst) == Mood::Slow as u8 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.inner.probe().await
    }
}
