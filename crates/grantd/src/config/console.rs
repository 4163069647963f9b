//! Section `[console]`: the web console.

use std::time::Duration;

use super::section::section;

section! {
    /// The web console.
    Console = "console" {
        /// What people call this installation, such as `production`; it stands beside the name on
        /// every page: at most 40 characters. Default: none.
        badge: Option<String> = |setting| setting.optional(badge),
        /// How many minutes a session may go unused: 5 to 1440. Default: `60`.
        session_idle_minutes: Duration = |setting| {
            Duration::from_mins(setting.number(60, 5..=1440))
        },
        /// How many hours a session lasts at most: 1 to 168. Default: `12`.
        session_hours: Duration = |setting| {
            Duration::from_hours(setting.number(12, 1..=168))
        },
    }
}

fn badge(text: &str) -> Result<String, String> {
    match grantd_model::text::check_line(text, 40) {
        Ok(()) => Ok(text.to_owned()),
        Err(fault) => Err(fault.detail),
    }
}
