//! What handlers share.

use std::sync::Arc;

use grantd_engine::Engine;

use crate::console::ConsoleState;
use crate::observe::RequestIds;
use crate::{LiveSettings, Readiness, ServerSettings};

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) settings: Arc<ServerSettings>,
    pub(crate) live: LiveSettings,
    pub(crate) request_ids: RequestIds,
    pub(crate) readiness: Readiness,
    pub(crate) console: Arc<ConsoleState>,
}
