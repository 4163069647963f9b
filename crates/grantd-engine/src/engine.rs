//! The engine and what it is made of.

use std::sync::Arc;

use grantd_model::{Clock, Randomness, Timestamp};
use grantd_net::Outbound;
use grantd_secrets::Sources;
use grantd_store::{Sealer, Store};

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
pub struct Engine(Arc<EngineParts>);

impl Engine {
    /// Puts an engine together.
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn parts(&self) -> &EngineParts {
        &self.0
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn random(&self) -> &dyn Randomness {
        self.0.random.as_ref()
    }
}
