//! What git asks a helper about: lines of `key=value`, up to an empty one or the end.

use std::io::{self, BufRead, ErrorKind};

/// The longest question, in bytes; git's own have a few lines.
const MOST_BYTES: u64 = 64 * 1024;

/// The parts of it that matter here. What does not, such as a password, is not kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// Such as `https`.
    pub(super) protocol: String,
    /// The host, with the port if one is named.
    pub(super) host: String,
    /// The user name, if one is named.
    pub(super) username: Option<String>,
}

impl Question {
    /// Reads it; of what is there twice, the last counts.
    ///
    /// # Errors
    /// When the system refuses, or it is larger than 64 KiB.
    pub(super) fn read(source: impl BufRead) -> io::Result<Self> {
        let mut source = source.take(MOST_BYTES);
        let mut question = Self::default();
        loop {
            let mut line = Vec::new();
            source.read_until(b'\n', &mut line)?;
            if source.limit() == 0 {
                return Err(io::Error::new(
                    ErrorKind::FileTooLarge,
                    "it is larger than 64 KiB",
                ));
            }
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            if line.is_empty() {
                return Ok(question);
            }
            question.take(line);
        }
    }

    /// What is no text names no host that is known.
    fn take(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        match text.split_once('=') {
            Some(("protocol", value)) => value.clone_into(&mut self.protocol),
            Some(("host", value)) => value.clone_into(&mut self.host),
            Some(("username", value)) => {
                self.username = (!value.is_empty()).then(|| value.to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Question {
        Question::read(text).unwrap()
    }

    #[test]
    fn it_ends_by_an_empty_line_or_with_the_input() {
        let expected = Question {
            protocol: "https".to_owned(),
            host: "a.example:1".to_owned(),
            username: None,
        };
        for text in [
            &b"protocol=https\nhost=a.example:1"[..],
            b"protocol=https\nhost=a.example:1\n",
            b"capability[]=authtype\nprotocol=https\nhost=a.example:1\nwwwauth[]=Basic\n\nhost=b\n",
            b"host=b\npath=\xff\nprotocol=https\nhost=a.example:1\npassword=secret\n",
        ] {
            assert_eq!(read(text), expected);
        }
        let named = read(b"username=a=b\n\n").username;
        assert_eq!(named.as_deref(), Some("a=b"));
        assert_eq!(read(b"username=\n").username, None);
        assert_eq!(read(b""), Question::default());
    }

    #[test]
    fn one_without_end_is_refused() {
        let error = Question::read(io::BufReader::new(io::repeat(b'a'))).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 64 KiB");
    }
}
