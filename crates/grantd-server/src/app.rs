//! What handlers share.

use std::sync::Arc;

use grantd_engine::Engine;

use crate::ServerSettings;
use crate::console::ConsoleState;

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) settings: Arc<ServerSettings>,
    pub(crate) console: Arc<ConsoleState>,
}
