//! What the commands print: results on standard output, everything else on standard error.
//!
//! A reader that goes away early, such as `head`, is no failure.

mod record;
mod table;

use std::io::{self, ErrorKind, Write};

use clap::ValueEnum;
use serde_json::Value;

use crate::failure::Failure;

pub(crate) use record::record;
pub(crate) use table::{Column, rows};

/// The form of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Columns for people.
    #[default]
    Table,
    /// The answer of the API.
    Json,
}

/// Prints a result.
///
/// # Errors
/// When standard output can not be written.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Prints a result that may be no text.
///
/// # Errors
/// When standard output can not be written.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::refused(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a JSON document, laid out for people.
///
/// # Errors
/// When standard output can not be written.
pub(crate) fn print_json(document: &Value) -> Result<(), Failure> {
    print(&format!("{document:#}\n"))
}

/// Tells people something beside the result.
pub(crate) fn note(text: &str) {
    complain(&format!("grantd: {text}\n"));
}

/// Writes to standard error; where that is closed, there is nobody to tell.
pub(crate) fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
