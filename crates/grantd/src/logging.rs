//! Log lines on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Begins to log; the first call of a process counts.
pub(crate) fn begin(log: &Log) {
    let terminal = io::stderr().is_terminal();
    let format = match log.format {
        Some(format) => format,
        None if terminal => LogFormat::Human,
        None => LogFormat::Json,
    };
    let filter = EnvFilter::builder().parse_lossy(&log.level);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // told on standard error, which is what has just failed
        .log_internal_errors(false);
    // a second call is from a test in the same process
    let _ = match format {
        LogFormat::Human => builder.with_ansi(terminal).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
