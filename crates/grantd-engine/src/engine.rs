//! The engine and what it is made of.

use std::sync::Arc;

use grantd_model::{Clock, Randomness, Timestamp};
use grantd_net::Outbound;
use grantd_secrets::Sources;
use grantd_store::{Sealer, Store};
use tokio_util::task::TaskTracker;

use crate::EngineError;

/// What an engine is made of.
pub struct EngineParts {
    /// Where things are kept.
    pub store: Arc<dyn Store>,
    /// Seals and opens secrets of this installation.
    pub sealer: Arc<Sealer>,
    /// Where external secrets are read.
    pub sources: Arc<Sources>,
    /// The way out.
    pub outbound: Arc<dyn Outbound>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and keys.
    pub random: Arc<dyn Randomness>,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    parts: EngineParts,
    tasks: TaskTracker,
}

impl Engine {
    /// Puts an engine together.
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        let tasks = TaskTracker::new();
        Self(Arc::new(Inner { parts, tasks }))
    }

    /// Waits until what callers have left behind is done: token requests that are under way.
    pub async fn close(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    pub(crate) fn parts(&self) -> &EngineParts {
        &self.0.parts
    }

    /// Runs work to its end even if the caller does not wait for it.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
    ) -> Result<T, EngineError> {
        match self.0.tasks.spawn(work).await {
            Ok(result) => result,
            Err(_) => Err(EngineError::CutOff),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    pub(crate) fn random(&self) -> &dyn Randomness {
        self.0.parts.random.as_ref()
    }
}
