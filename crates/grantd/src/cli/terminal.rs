//! Questions to whoever sits at the terminal.

use std::io::{self, BufRead, IsTerminal};

use grantd_model::Secret;

use crate::failure::Failure;
use crate::output;

/// Whether somebody can be asked.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a secret, which is not shown while it is typed.
///
/// # Errors
/// When nothing is typed, or the terminal fails.
pub(super) fn ask_secret(question: &str) -> Result<Secret<String>, Failure> {
    let typed = rpassword::prompt_password(question)
        .map(Secret::new)
        .map_err(|error| Failure::refused(format!("the terminal: {error}")))?;
    if typed.expose().is_empty() {
        return Err(Failure::usage("nothing was typed"));
    }
    Ok(typed)
}

/// Asks for yes or no; anything but `y` and `yes` is no.
///
/// # Errors
/// When the terminal fails.
pub(super) fn ask_yes(question: &str) -> Result<bool, Failure> {
    output::complain(&format!("{question} [y/N] "));
    let mut typed = String::new();
    io::stdin()
        .lock()
        .read_line(&mut typed)
        .map_err(|error| Failure::refused(format!("the terminal: {error}")))?;
    Ok(matches!(
        typed.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}
