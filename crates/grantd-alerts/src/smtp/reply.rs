//! Replies of a server, out of the bytes that come (RFC 5321 section 4.2).

use super::SmtpError;

/// The most bytes of one reply.
const MOST_BYTES: usize = 16 * 1024;

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its three digits.
    pub code: u16,
    /// Its lines without code and line end.
    pub lines: Vec<String>,
}

impl Reply {
    /// Whether the server did what was asked (2yz). The first digit decides (RFC 5321 section 4.2.1).
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    /// Whether the server waits for more of it (3yz).
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        matches!(self.code, 300..=399)
    }

    /// Whether the server refuses for now (4yz): it may be otherwise later.
    #[must_use]
    pub const fn is_for_now(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    /// Whether the server refuses for good (5yz).
    #[must_use]
    pub const fn is_for_good(&self) -> bool {
        matches!(self.code, 500..=599)
    }

    /// Code and text in one line, for people.
    #[must_use]
    pub fn told(&self) -> String {
        let text = self.lines.join(" ");
        let printable = text.chars().filter(|c| !c.is_control()).take(300);
        format!("{} {}", self.code, printable.collect::<String>())
            .trim_end()
            .to_owned()
    }
}

/// Takes replies out of bytes that come in pieces.
#[derive(Debug, Default)]
pub struct ReplyReader {
    bytes: Vec<u8>,
    lines: Vec<String>,
    code: Option<u16>,
    length: usize,
}

impl ReplyReader {
    /// Takes bytes in.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether bytes are there that belong to no reply that was taken out.
    #[must_use]
    pub const fn holds_more(&self) -> bool {
        !self.bytes.is_empty() || self.code.is_some()
    }

    /// The next reply, once it is complete.
    ///
    /// # Errors
    /// When it is none.
    pub fn take(&mut self) -> Result<Option<Reply>, SmtpError> {
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            self.length += line.len();
            if self.length > MOST_BYTES {
                return Err(SmtpError::Strange("its reply is too long"));
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let (code, goes_on, text) = parse_line(line)?;
            if self.code.is_some_and(|before| before != code) {
                return Err(SmtpError::Strange(
                    "the lines of its reply have different codes",
                ));
            }
            self.code = Some(code);
            self.lines.push(text.to_owned());
            if !goes_on {
                self.code = None;
                self.length = 0;
                let lines = std::mem::take(&mut self.lines);
                return Ok(Some(Reply { code, lines }));
            }
        }
        if self.length + self.bytes.len() > MOST_BYTES {
            return Err(SmtpError::Strange("its reply is too long"));
        }
        Ok(None)
    }
}

/// Code, whether more lines follow, and text.
fn parse_line(line: &str) -> Result<(u16, bool, &str), SmtpError> {
    let wrong = SmtpError::Strange("a reply begins with three digits");
    let bytes = line.as_bytes();
    let [
        first @ b'2'..=b'5',
        second @ b'0'..=b'9',
        third @ b'0'..=b'9',
        rest @ ..,
    ] = bytes
    else {
        return Err(wrong);
    };
    let digit = |byte: u8| u16::from(byte - b'0');
    let code = digit(*first) * 100 + digit(*second) * 10 + digit(*third);
    match rest.first() {
        None => Ok((code, false, "")),
        Some(b' ') => Ok((code, false, line.get(4..).unwrap_or_default())),
        Some(b'-') => Ok((code, true, line.get(4..).unwrap_or_default())),
        Some(_) => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_reply() -> impl Strategy<Value = Reply> {
        let line = "[ -~]{0,40}";
        (200_u16..600, prop::collection::vec(line, 1..5))
            .prop_map(|(code, lines)| Reply { code, lines })
    }

    fn written(reply: &Reply) -> String {
        let last = reply.lines.len() - 1;
        let lines = reply.lines.iter().enumerate();
        lines
            .map(|(number, line)| {
                let mark = if number == last { ' ' } else { '-' };
                format!("{}{mark}{line}\r\n", reply.code)
            })
            .collect::<Vec<_>>()
            .concat()
    }

    proptest! {
        #[test]
        fn replies_come_out_as_they_were_in_whatever_pieces(
            replies in prop::collection::vec(any_reply(), 1..4),
            size in 1_usize..60,
        ) {
            let text: String = replies.iter().map(written).collect();
            let mut reader = ReplyReader::default();
            let mut came = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                reader.push(piece);
                while let Some(reply) = reader.take().unwrap() {
                    came.push(reply);
                }
            }
            prop_assert_eq!(came, replies);
            prop_assert!(!reader.holds_more());
        }

        #[test]
        fn whatever_comes_is_a_reply_or_is_not(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..12),
        ) {
            let mut reader = ReplyReader::default();
            'all: for piece in pieces {
                reader.push(&piece);
                loop {
                    match reader.take() {
                        Ok(Some(reply)) => prop_assert!((200..600).contains(&reply.code)),
                        Ok(None) => break,
                        Err(_) => break 'all,
                    }
                }
                prop_assert!(reader.bytes.len() <= MOST_BYTES);
            }
        }
    }
}
