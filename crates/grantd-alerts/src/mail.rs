//! An alert as a mail (RFC 5322, MIME): plain text, said to be sent by a machine (RFC 3834).

use std::fmt::Write;

use data_encoding::BASE64;
use grantd_model::alert::EmailSettings;
use grantd_model::listener::MailAddress;
use grantd_model::{AlertId, AlertMessage, Timestamp};
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::words;

/// The longest line of a mail, without its end (RFC 5322 section 2.1.1).
const MOST_LINE: usize = 998;

/// The bytes of an encoded word: with what stands around them they fit into 75 characters (RFC 2047
/// section 2).
const MOST_WORD: usize = 42;

/// The characters of a line of base64.
const BASE64_LINE: usize = 76;

/// A mail with its header, every line ended by CR LF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText(String);

impl MailText {
    /// The mail that tells a message. Its `Message-ID` is the same at each attempt.
    #[must_use]
    pub fn of(settings: &EmailSettings, id: AlertId, message: &AlertMessage) -> Self {
        let words = words::of(message);
        let to: Vec<&str> = settings.to.iter().map(MailAddress::as_str).collect();
        let mut body = format!("{}\r\n\r\n", words.title);
        for (label, value) in &words.rows {
            // a String takes everything
            let _ = write!(body, "{label:<10}{value}\r\n");
        }
        body.push_str("\r\n-- \r\nSent by grantd, because of an alert channel that an administrator added.\r\n");
        let is_plain = body.is_ascii() && body.lines().all(|line| line.len() <= MOST_LINE);
        let (encoding, body) = if is_plain {
            ("7bit", body)
        } else {
            ("base64", in_base64(&body))
        };
        let header = [
            ("From", format!("grantd <{}>", settings.from)),
            ("To", to.join(",\r\n ")),
            ("Subject", subject(&words.title)),
            ("Date", date(message.timestamp)),
            ("Message-ID", format!("<{id}@{}>", settings.from.domain())),
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("X-Auto-Response-Suppress", "All".to_owned()),
            ("MIME-Version", "1.0".to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
            ("Content-Transfer-Encoding", encoding.to_owned()),
        ];
        let mut text = String::new();
        for (name, value) in header {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        text.push_str("\r\n");
        text.push_str(&body);
        Self(text)
    }

    /// The mail as it is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The mail as `DATA` takes it: a dot at the beginning of a line is doubled, and a lone one ends it
    /// (RFC 5321 section 4.5.2).
    #[must_use]
    pub fn stuffed(&self) -> String {
        let mut stuffed = String::with_capacity(self.0.len() + 16);
        for line in self.0.split_inclusive("\r\n") {
            if line.starts_with('.') {
                stuffed.push('.');
            }
            stuffed.push_str(line);
        }
        if !stuffed.ends_with("\r\n") {
            stuffed.push_str("\r\n");
        }
        stuffed.push_str(".\r\n");
        stuffed
    }
}

/// One line as it is, or as encoded words where it holds other characters than ASCII or is long.
fn subject(text: &str) -> String {
    // `=?` would begin an encoded word
    if text.is_ascii() && text.len() <= 900 && !text.contains("=?") {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > MOST_WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let encoded = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", BASE64.encode(word.as_bytes())));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

fn in_base64(text: &str) -> String {
    let encoded = BASE64.encode(text.as_bytes());
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / 38);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        // base64 is ASCII, so that every place is between two characters
        let (line, after) = rest.split_at(rest.len().min(BASE64_LINE));
        lines.push_str(line);
        lines.push_str("\r\n");
        rest = after;
    }
    lines
}

/// The time as mails have it (RFC 5322 section 3.3).
fn date(time: Timestamp) -> String {
    let second = jiff::Timestamp::from_second(time.as_seconds()).unwrap_or_default();
    let printed = DateTimePrinter::new().timestamp_to_string(&second);
    printed.unwrap_or_else(|_| "Thu, 1 Jan 1970 00:00:00 -0000".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a server makes of the lines of `DATA` (RFC 5321 section 4.5.2).
    fn received(stuffed: &str) -> (String, String) {
        let mut text = String::new();
        let mut lines = stuffed.split_inclusive("\r\n");
        for line in lines.by_ref() {
            if line == ".\r\n" {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(line));
        }
        (text, lines.collect())
    }

    proptest! {
        #[test]
        fn what_is_stuffed_comes_out_as_it_was(
            lines in prop::collection::vec("[.a]{0,3}[^\r\n]{0,9}", 0..9),
        ) {
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
            let (came, rest) = received(&MailText(text.clone()).stuffed());
            prop_assert_eq!(rest, "");
            prop_assert_eq!(came, if text.is_empty() { "\r\n".to_owned() } else { text });
        }

        #[test]
        fn a_subject_is_ascii_and_no_line_is_long(text in "\\PC{0,300}") {
            let line = subject(&text);
            prop_assert!(line.is_ascii());
            for (number, line) in line.split("\r\n").enumerate() {
                prop_assert!(line.len() <= MOST_LINE);
                prop_assert!(number == 0 || line.starts_with(' '));
                prop_assert!(!line.contains(['\r', '\n']));
            }
        }
    }
}
