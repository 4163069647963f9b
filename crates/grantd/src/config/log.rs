//! Section `[log]`: what is logged on standard error, and in which form.

use tracing_subscriber::EnvFilter;

use super::section::section;
use crate::nearest::suggestion;

/// What a filter without target may be.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

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
    // taken for the name of a target by the filter, which would silence everything else
    if let Some(word) = text.split(',').find(|part| is_bare(part)) {
        return Err(format!(
            "`{word}` is no level; {}",
            suggestion(&word.to_ascii_lowercase(), LEVELS)
        ));
    }
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!(
            "`error`, `warn`, `info`, `debug`, `trace` or a filter such as \
             `info,grantd_net=debug` is expected, it is `{text}`"
        )),
    }
}

/// Whether a part of a filter is a word that is neither a level nor says one.
fn is_bare(part: &str) -> bool {
    !part.contains(['=', '[', '{', '}', ']'])
        && !LEVELS.iter().any(|level| part.eq_ignore_ascii_case(level))
}

fn format(text: &str) -> Result<LogFormat, String> {
    match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`human` or `json` is expected, it is `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_or_a_filter_is_taken() {
        for text in [
            "info",
            "WARN",
            "off",
            "info,grantd_net=debug",
            "grantd_net=trace",
            "info,[request{id=1}]=debug",
        ] {
            assert_eq!(level(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_word_that_is_no_level_is_refused_with_the_nearest_one() {
        for (text, expected) in [
            ("inof", "`inof` is no level; did you mean `info`?"),
            ("Debgu", "`Debgu` is no level; did you mean `debug`?"),
            ("info,wran", "`wran` is no level; did you mean `warn`?"),
            ("info, warn", "` warn` is no level; did you mean `warn`?"),
            (
                "grantd_engine",
                "`grantd_engine` is no level; known are: error, warn, info, debug, trace, off",
            ),
        ] {
            assert_eq!(level(text), Err(expected.to_owned()));
        }
        for text in ["bogus", "42", "", "info,"] {
            let fault = level(text).unwrap_err();
            assert!(fault.contains("is no level; "), "{text}: {fault}");
        }
        assert!(level("loud=noise=x").is_err());
    }
}
