//! What the commands print: results on standard output, everything else on standard error.
//!
//! A reader that goes away early, such as `head`, is no failure, unless what it misses is to be kept.

mod record;
mod table;

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;

use clap::ValueEnum;
use rustix::fs::FileType;
use serde_json::Value;

use crate::failure::{Failure, one_line};

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
    match write(bytes) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unwritten(&error)),
        _ => Ok(()),
    }
}

/// Prints a part of a result that goes on; tells whether somebody still reads.
///
/// # Errors
/// When standard output can not be written.
pub(crate) fn print_on(text: &str) -> Result<bool, Failure> {
    match write(text.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(unwritten(&error)),
    }
}

/// Prints what is shown this once, or a piece of what is to be kept: here, a reader that goes away is a
/// failure.
///
/// # Errors
/// When standard output can not be written.
pub(crate) fn print_whole(bytes: &[u8]) -> Result<(), Failure> {
    write(bytes).map_err(|error| unwritten(&error))
}

/// Whether standard output is the null device, which the runtime also puts in the place of one
/// that is closed.
pub(crate) fn goes_nowhere() -> bool {
    let Ok(out) = rustix::fs::fstat(io::stdout()) else {
        return true;
    };
    let Ok(null) = rustix::fs::stat("/dev/null") else {
        return false;
    };
    FileType::from_raw_mode(out.st_mode) == FileType::CharacterDevice && out.st_rdev == null.st_rdev
}

/// Writes to the descriptor itself: the standard library passes over one that takes no writing.
fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    out.write_all(bytes)
}

fn unwritten(error: &io::Error) -> Failure {
    Failure::refused(format!("standard output: {error}"))
}

/// Prints a JSON document, laid out for people.
///
/// # Errors
/// When standard output can not be written.
pub(crate) fn print_json(document: &Value) -> Result<(), Failure> {
    print(&json(document))
}

/// A JSON document, laid out for people.
pub(crate) fn json(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Tells people something beside the result.
pub(crate) fn note(text: &str) {
    complain(&format!("grantd: {}\n", one_line(text)));
}

/// Writes to standard error; where that is closed, there is nobody to tell.
pub(crate) fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
