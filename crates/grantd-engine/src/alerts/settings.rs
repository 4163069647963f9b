//! What the operator sets of alerts.

use std::time::Duration;

/// What the operator sets of alerts.
#[derive(Debug, Clone)]
pub struct AlertSettings {
    /// How long a fault that may pass by itself lasts until it is told.
    pub transient_after: Duration,
    /// How long mail waits until that is told.
    pub lag: Duration,
    /// After how long without a token request an enabled credential is tried; never if absent.
    pub validate_idle: Option<Duration>,
    /// What people call this installation.
    pub badge: Option<String>,
    /// Where the console is, without a slash at the end.
    pub console: Option<String>,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            transient_after: Duration::from_mins(10),
            lag: Duration::from_mins(15),
            validate_idle: None,
            badge: None,
            console: None,
        }
    }
}
