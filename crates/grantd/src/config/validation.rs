//! Section `[validation]`: credentials that nobody uses are tried.

use std::time::Duration;

use super::section::section;

section! {
    /// Credentials that nobody uses are tried.
    Validation = "validation" {
        /// After how many hours without a token request an enabled credential is tried, so that one that
        /// broke is known before somebody needs it: 0 to 8760, where 0 is never. Default: `0`.
        idle_hours: Option<Duration> = |setting| {
            let hours = setting.number(0, 0..=8760);
            (hours > 0).then(|| Duration::from_hours(hours))
        },
    }
}
