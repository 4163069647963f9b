//! Log lines on standard error.

use std::fmt;
use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// What is logged, to be changed while the process runs.
pub(crate) struct LogFilter(Box<Replace>);

type Replace = dyn Fn(EnvFilter) -> Result<(), String> + Send + Sync;

impl LogFilter {
    /// Logs what these settings say from here on.
    pub(crate) fn replace(&self, log: &Log) {
        if let Err(fault) = (self.0)(filter(log)) {
            tracing::error!(fault, "what is logged could not be changed");
        }
    }
}

impl fmt::Debug for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogFilter").finish_non_exhaustive()
    }
}

/// Begins to log; the first call of a process counts.
pub(crate) fn begin(log: &Log) -> LogFilter {
    let terminal = io::stderr().is_terminal();
    let format = match log.format {
        Some(format) => format,
        None if terminal => LogFormat::Human,
        None => LogFormat::Json,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(log))
        .with_writer(io::stderr)
        // told on standard error, which is what has just failed
        .log_internal_errors(false);
    // a second call is from a test in the same process
    match format {
        LogFormat::Human => {
            let builder = builder.with_ansi(terminal).with_target(false);
            let builder = builder.with_filter_reloading();
            let handle = builder.reload_handle();
            let _ = builder.try_init();
            LogFilter(Box::new(move |filter| told(handle.reload(filter))))
        }
        LogFormat::Json => {
            let builder = builder.json().flatten_event(true).with_span_list(false);
            let builder = builder.with_filter_reloading();
            let handle = builder.reload_handle();
            let _ = builder.try_init();
            LogFilter(Box::new(move |filter| told(handle.reload(filter))))
        }
    }
}

fn filter(log: &Log) -> EnvFilter {
    EnvFilter::builder().parse_lossy(&log.level)
}

fn told(result: Result<(), impl fmt::Display>) -> Result<(), String> {
    result.map_err(|error| error.to_string())
}
