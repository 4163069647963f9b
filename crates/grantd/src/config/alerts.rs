//! Section `[alerts]`: when something is told to alert channels.

use std::time::Duration;

use super::section::section;

section! {
    /// When something is told to alert channels.
    Alerts = "alerts" {
        /// How many minutes a fault that may pass by itself lasts until it is told: 0 to 1440. One that
        /// somebody has to mend is told at once. Default: `10`.
        transient_after_minutes: Duration = |setting| {
            Duration::from_mins(setting.number(10, 0..=1440))
        },
        /// How many minutes a mail waits for its delivery until that is told: 1 to 1440. Default: `15`.
        listener_lag_minutes: Duration = |setting| {
            Duration::from_mins(setting.number(15, 1..=1440))
        },
    }
}
