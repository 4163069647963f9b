//! Section `[history]`: how long grantd remembers.

use std::time::Duration;

use super::section::section;

/// A day, in seconds.
const DAY: u64 = 24 * 3600;

section! {
    /// How long grantd remembers.
    History = "history" {
        /// How many days events of tokens and counts of use are kept: 1 to 3650. Default: `90`.
        keep_days: Duration = |setting| {
            Duration::from_secs(DAY * setting.number(90, 1..=3650))
        },
        /// How many days the audit log is kept: 1 to 36500. The oldest entries are removed first, and its
        /// chain then begins behind them. Default: `365`.
        audit_days: Duration = |setting| {
            Duration::from_secs(DAY * setting.number(365, 1..=36_500))
        },
    }
}
