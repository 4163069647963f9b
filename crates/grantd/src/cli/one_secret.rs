//! A secret from a file or standard input: one line, whose end is not part of it.

use std::path::Path;

use grantd_model::Secret;

use crate::failure::Failure;
use crate::{files, output};

/// Reads the secret of a file, or of standard input if that is `-`. One line end behind it is taken
/// off, and that is said.
///
/// # Errors
/// When it can not be read, or is empty.
pub(super) fn read_one_secret(flag: &str, path: &Path) -> Result<Secret<String>, Failure> {
    let shown = path.display();
    let text = if files::is_standard(path) {
        files::read_standard_input()
    } else {
        files::read_secret(path).map(|(text, _)| text)
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
