//! Makes text of others fit for people: one line, at most 200 characters, no secret, no token.
//!
//! Of a body only what is surely meant for people is quoted. A success may hold a token under any
//! name and in any shape, so of one nothing is quoted but the words of an HTML page.

use grantd_model::Secret;
use serde::de::IgnoredAny;

use crate::redact::{MARK, is_invisible, redact};

mod address;
mod html;
mod words;

pub(crate) use address::without_query;
use words::Uuids;

/// The most characters that are shown of anything.
const MOST_CHARACTERS: usize = 200;

/// The most bytes that are looked at to make an excerpt.
const MOST_BYTES: usize = 16 * 1024;

/// How the excerpt of a page begins.
pub(crate) const PAGE: &str = "HTML page: ";

/// In the place of a body that is understood too little to be quoted.
const HIDDEN: &str = "not shown, for it may hold a token";

/// In the place of a body that is no UTF-8, or has characters that no text has.
const NO_TEXT: &str = "not shown, for it is no text";

/// Quotes one answer.
pub(crate) struct Quoter<'a> {
    secrets: Vec<&'a Secret<String>>,
    token: Option<&'a Secret<String>>,
    is_success: bool,
}

impl<'a> Quoter<'a> {
    /// The fewest bytes of a token that is sought in other texts: shorter ones are in any prose.
    const FEWEST_OF_TOKEN: usize = 4;

    /// For an answer with this status, and this token if it holds one.
    pub(crate) fn new(
        status: u16,
        secrets: &[&'a Secret<String>],
        token: Option<&'a Secret<String>>,
    ) -> Self {
        let long = token.filter(|token| token.expose().len() >= Self::FEWEST_OF_TOKEN);
        Self {
            secrets: secrets.iter().copied().chain(long).collect(),
            token,
            is_success: (200..300).contains(&status),
        }
    }

    /// Text on one line, without control characters, secrets and the token.
    pub(crate) fn line(&self, text: &str) -> Box<str> {
        let line = self.clean(head(text));
        cut(&if self.is_success {
            words::masked(&line, Uuids::Masked)
        } else {
            line
        })
    }

    /// Text on one line, or a mark if it is the token.
    pub(crate) fn value(&self, text: &str) -> Box<str> {
        let is_token = |token: &&Secret<String>| token.expose().eq_ignore_ascii_case(text.trim());
        if self.token.as_ref().is_some_and(is_token) {
            return MARK.into();
        }
        self.line(text)
    }

    /// The text with marks where secrets or the token were.
    pub(crate) fn redacted(&self, text: &str) -> String {
        redact(text, &self.secrets)
    }

    /// What of a body is for people; None if there is nothing in it.
    pub(crate) fn body(&self, body: &[u8]) -> Option<Box<str>> {
        let Some(text) = as_text(body) else {
            return Some(NO_TEXT.into());
        };
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if text.is_empty() {
            return None;
        }
        if html::is_page(text) {
            return Some(self.page(head(text)));
        }
        if self.is_success || is_data(text) || names_token(text) {
            return Some(HIDDEN.into());
        }
        let shown = words::masked(&self.clean(head(text)), Uuids::Shown);
        Some(cut(&shown))
    }

    fn page(&self, page: &str) -> Box<str> {
        let words = self.clean(&html::text(&self.redacted(page)));
        let uuids = if self.is_success {
            Uuids::Masked
        } else {
            Uuids::Shown
        };
        let shown = match &*words {
            "" => "without text".to_owned(),
            words if names_token(words) => HIDDEN.to_owned(),
            words => words::masked(words, uuids),
        };
        cut(&format!("{PAGE}{shown}"))
    }

    /// Twice: what is cleaned can become a secret, and what is a secret can be cleaned to none.
    fn clean(&self, text: &str) -> String {
        self.redacted(&one_line(&self.redacted(text)))
    }
}

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_BYTES)]
}

/// The body if it is UTF-8 without control characters but those that divide lines and words.
fn as_text(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let is_foreign = |c: char| c.is_control() && !c.is_whitespace();
    (!text.contains(is_foreign)).then_some(text)
}

/// Whether the text is for machines: JSON whole or cut off, a script, markup, a form.
fn is_data(text: &str) -> bool {
    text.contains(['{', '}', '<', '>'])
        || text.starts_with(['[', '"', '\''])
        || (text.contains('=') && !text.contains(char::is_whitespace))
        || serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn names_token(text: &str) -> bool {
    let letters = text.replace(['_', '-', ' '], "").to_ascii_lowercase();
    letters.contains("accesstoken")
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let is_first = line.is_empty();
        let mut visible = word.chars().filter(|c| !is_invisible(*c)).peekable();
        if visible.peek().is_some() && !is_first {
            line.push(' ');
        }
        line.extend(visible);
    }
    line
}

fn cut(text: &str) -> Box<str> {
    if text.chars().count() <= MOST_CHARACTERS {
        return text.into();
    }
    let head: String = text.chars().take(MOST_CHARACTERS - 1).collect();
    format!("{}…", head.trim_end()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(body: &str) -> Option<Box<str>> {
        Quoter::new(400, &[], None).body(body.as_bytes())
    }

    #[test]
    fn text_becomes_one_short_line() {
        let quoter = Quoter::new(400, &[], None);
        assert_eq!(&*quoter.line(" a\r\n\tb\0c \u{202e}d\u{200b} "), "a b c d");
        let long = quoter.line(&"x ".repeat(300));
        assert!(
            long.chars().count() <= MOST_CHARACTERS && long.ends_with('…'),
            "{long}"
        );
    }

    #[test]
    fn a_secret_in_pieces_is_seen() {
        let secret = Secret::from("hunter2");
        let quoter = Quoter::new(400, &[&secret], None);
        assert_eq!(&*quoter.line("got hunt\u{200b}er2"), "got •••");
    }

    #[test]
    fn what_looks_like_a_token_is_not_quoted() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh";
        assert_eq!(excerpt(&format!("x={token}; y")).as_deref(), Some("•••; y"));
        for hidden in [
            &*format!("access_token: {token}"),
            "Your Access Token: a",
            "{\"a\": \"b",
            "['a']",
            "7",
            "token=a&b=c",
            "<h1>no</h1>",
        ] {
            assert_eq!(excerpt(hidden).as_deref(), Some(HIDDEN), "{hidden}");
        }
        let uuid = "trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301";
        assert_eq!(excerpt(uuid).as_deref(), Some(uuid));
        assert_eq!(excerpt(" \n "), None);
        assert_eq!(excerpt("a\0b").as_deref(), Some(NO_TEXT));
    }
}
