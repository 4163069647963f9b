//! How curl gets the token: a line of its configuration, in a pipe that it inherits.
//!
//! Standard input would do as well, but it stays free for what curl is to send, as in `-d @-`.

use std::io::{self, PipeReader, Write};
use std::os::fd::AsRawFd;

use grantd_model::Secret;
use rustix::io::{FdFlags, fcntl_setfd};

use crate::failure::Failure;

/// The longest token, in bytes: what a pipe holds before somebody reads (64 KiB), with room for the
/// rest of the line. No server takes such a header.
const MOST_BYTES: usize = 60_000;

/// The reading end, with everything written.
#[derive(Debug)]
pub(super) struct Configuration(PipeReader);

impl Configuration {
    /// Writes the token as header of each request to where curl is sent.
    ///
    /// Where a redirect leads to another host (since curl 7.58), port or scheme (since 7.83), curl
    /// leaves an `Authorization` header out by itself; with `oauth2-bearer` it does just the same.
    ///
    /// # Errors
    /// When the token can not be in a header, or the system refuses.
    pub(super) fn with(token: &Secret<String>) -> Result<Self, Failure> {
        let line = line(token.expose())?;
        piped(&line).map_err(|error| Failure::refused(format!("a pipe to curl: {error}")))
    }

    /// Where curl finds it.
    pub(super) fn path(&self) -> String {
        format!("/dev/fd/{}", self.0.as_raw_fd())
    }
}

fn piped(line: &Secret<String>) -> io::Result<Configuration> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(line.expose().as_bytes())?;
    fcntl_setfd(&reader, FdFlags::empty())?;
    Ok(Configuration(reader))
}

fn line(token: &str) -> Result<Secret<String>, Failure> {
    if token.len() > MOST_BYTES {
        return Err(Failure::refused(format!(
            "the token has {} bytes, expected are {MOST_BYTES} at most",
            token.len()
        )));
    }
    // RFC 6750 allows less; but what may be in a header is passed on as it is
    if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Failure::refused(
            "the token holds what a header must not hold, expected are visible ASCII characters",
        ));
    }
    let mut line = String::with_capacity(2 * token.len() + 64);
    line.push_str("header = \"Authorization: Bearer ");
    for c in token.chars() {
        if matches!(c, '"' | '\\') {
            line.push('\\');
        }
        line.push(c);
    }
    line.push_str("\"\n");
    Ok(Secret::new(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_the_text_is_escaped() {
        let line = line(r#"a"b\c"#).unwrap();
        assert_eq!(
            line.expose(),
            "header = \"Authorization: Bearer a\\\"b\\\\c\"\n"
        );
    }

    #[test]
    fn what_would_begin_another_line_is_refused() {
        for token in ["", "a b", "a\nurl = evil", "a\r", "a\0", "ä"] {
            let fault = line(token).unwrap_err().to_string();
            assert!(fault.contains("visible ASCII"), "{token:?}: {fault}");
        }
        let fault = line(&"a".repeat(60_001)).unwrap_err().to_string();
        assert!(fault.contains("60000 at most"), "{fault}");
    }

    #[test]
    fn the_longest_fits_into_the_pipe() {
        assert!(Configuration::with(&Secret::new("a".repeat(MOST_BYTES))).is_ok());
    }
}
