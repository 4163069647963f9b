//! Section `[mail]`: what email listeners remember.

use std::time::Duration;

use super::section::section;

/// A day, in seconds.
const DAY: u64 = 24 * 3600;

section! {
    /// What email listeners remember.
    Mail = "mail" {
        /// How many days a listener remembers what it delivered, so that nothing is delivered twice
        /// and people find it: 7 to 3650. Default: `90`.
        keep_days: Duration = |setting| {
            Duration::from_secs(DAY * setting.number(90, 7..=3650))
        },
    }
}
