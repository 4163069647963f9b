//! A secret from a file or standard input: one line, whose end is not part of it.

use std::path::Path;

use grantd_model::Secret;

use crate::failure::Failure;
use crate::{files, output};

/// Reads the secret of a file, or of standard input if that is `-`. One line end behind it is taken
/// off, and that is said; so is that others may read the file.
///
/// # Errors
/// When it can not be read, or is empty.
pub(super) fn read_one_secret(flag: &str, path: &Path) -> Result<Secret<String>, Failure> {
    let shown = path.display();
    let text = if files::is_standard(path) {
        files::read_standard_input()
    } else {
        files::read_secret(path).map(|(text, mode)| {
            note_exposed(path, mode);
            text
        })
    }
    .map_err(|error| Failure::usage(format!("{flag}: {shown}: {error}")))?;
    let line = without_line_end(text.expose());
    if line.is_empty() {
        return Err(Failure::usage(format!("{flag}: {shown} is empty")));
    }
    if line.len() != text.expose().len() {
        output::note(&format!(
            "{flag}: the line end behind the secret was taken off"
        ));
    }
    Ok(Secret::new(line.to_owned()))
}

/// Says it where a file with secrets may be read by others. It is taken nevertheless: a container is given its
/// secrets so, and nothing there can change it.
pub(super) fn note_exposed(path: &Path, mode: u32) {
    if mode & 0o077 != 0 {
        output::note(&format!(
            "{} holds secrets and has mode {mode:04o}, expected is 0600; others may have read them",
            path.display()
        ));
    }
}

fn without_line_end(text: &str) -> &str {
    match text.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_taken_off_and_no_other_white_space() {
        for (text, line) in [
            ("s", "s"),
            ("s\n", "s"),
            ("s\r\n", "s"),
            ("s\n\n", "s\n"),
            (" s \n", " s "),
            ("s\r", "s\r"),
            ("\n", ""),
        ] {
            assert_eq!(without_line_end(text), line, "{text:?}");
        }
    }
}
