//! The end of this process in favour of another program.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::failure::{Exit, Failure};

/// Replaces this process: what has a terminal, signals and an exit code is from here on the program.
/// Comes back only with the reason why it could not be done.
pub(crate) fn with(mut command: Command) -> Failure {
    let error = command.exec();
    let program = command.get_program().display();
    // as shells have it, so that scripts can tell these from the exit codes of the program
    let (exit, reason) = match error.kind() {
        ErrorKind::NotFound => (Exit::NotFound, "it was not found".to_owned()),
        _ => (Exit::NotRun, error.to_string()),
    };
    Failure::of(exit, [format!("`{program}` can not be run: {reason}")])
}
