//! Section `[log]`: what is logged on standard error, and in which form.

use tracing_subscriber::EnvFilter;

use super::section::section;

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

section! {
    /// What is logged on standard error, and in which form.
    Log = "log" {
        /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or the filter syntax of
        /// tracing such as `info,grantd_net=debug`. Default: `info`.
        level: String = |setting| setting.one("info".to_owned(), level),
        /// `human` or `json`. Default: `human` on a terminal, else `json`.
        format: Option<LogFormat> = |setting| setting.optional(format),
    }
}

fn level(text: &str) -> Result<String, String> {
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!(
            "`error`, `warn`, `info`, `debug`, `trace` or a filter such as \
             `info,grantd_net=debug` is expected, it is `{text}`"
        )),
    }
}

fn format(text: &str) -> Result<LogFormat, String> {
    match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`human` or `json` is expected, it is `{text}`")),
    }
}
