//! A store that takes its time, counts what is written, and can be out of order altogether.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use grantd_store::{ReadUnit, Store, StoreError, WriteUnit};

/// Passes everything on to another store, later.
#[derive(Clone)]
pub struct SlowStore {
    inner: Arc<dyn Store>,
    takes: Arc<Mutex<Duration>>,
    writes: Arc<AtomicU64>,
    refuses: Arc<AtomicBool>,
}

impl SlowStore {
    /// Around this store; at first it takes no time and refuses nothing.
    #[must_use]
    pub fn around(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            takes: Arc::default(),
            writes: Arc::default(),
            refuses: Arc::default(),
        }
    }

    /// How long each unit takes to begin from now on, by the time of tokio.
    pub fn take(&self, time: Duration) {
        *self.takes.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Whether write units are refused from now on.
    pub fn refuse_writes(&self, refuse: bool) {
        self.refuses.store(refuse, Ordering::SeqCst);
    }

    /// How many write units have begun.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    async fn wait(&self) {
        let takes = *self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
    }
}

#[async_trait]
impl Store for SlowStore {
    async fn read(&self) -> Result<Box<dyn ReadUnit>, StoreError> {
        // what is read is what was there at the beginning
        let unit = self.inner.read().await;
        self.wait().await;
        unit
    }

    async fn write(&self) -> Result<Box<dyn WriteUnit>, StoreError> {
        self.wait().await;
        self.writes.fetch_add(1, Ordering::SeqCst);
        if self.refuses.load(Ordering::SeqCst) {
            return Err(StoreError::Full);
        }
        self.inner.write().await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.wait().await;
        if self.refuses.load(Ordering::SeqCst) {
            return Err(StoreError::Full);
        }
        self.inner.probe().await
    }
}
