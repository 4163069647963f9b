//! The store in memory, for tests that run under paused time.
//!
//! The state is one value behind an [`Arc`]: a read unit holds the one of its beginning, a write
//! unit works on a copy and puts it in place when it commits. It passes the same contract suite as
//! SQLite.

mod alerts;
mod audit;
mod channels;
mod consumers;
mod credentials;
mod history;
mod installation;
mod keys;
mod listeners;
mod sealed;
mod sessions;
mod sources;
mod state;
mod unit;
mod users;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use grantd_store::{ReadUnit, Store, StoreError, WriteUnit};

use state::State;
use unit::{MemoryRead, MemoryWrite};

/// A store that lives as long as its last clone.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    current: Arc<Mutex<Arc<State>>>,
    writer: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryStore {
    fn state(&self) -> Arc<State> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, state: State) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self) -> Result<Box<dyn ReadUnit>, StoreError> {
        Ok(Box::new(MemoryRead(self.state())))
    }

    async fn write(&self) -> Result<Box<dyn WriteUnit>, StoreError> {
        let turn = Arc::clone(&self.writer).lock_owned().await;
        Ok(Box::new(MemoryWrite {
            state: State::clone(&self.state()),
            store: self.clone(),
            _turn: turn,
        }))
    }

    async fn probe(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
