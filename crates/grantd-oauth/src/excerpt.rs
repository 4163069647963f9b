//! Makes text of others fit for people: one line, at most 200 characters, no secret.

use grantd_model::Secret;

use crate::redact::redact;

mod html;

/// The most characters that are shown of anything.
const MOST_CHARACTERS: usize = 200;

/// The most bytes that are looked at to make an excerpt.
const MOST_BYTES: usize = 16 * 1024;

/// Letters and digits in a row from which on a word is taken for a token.
const OPAQUE: usize = 32;

/// How the excerpt of a page begins.
pub(crate) const PAGE: &str = "HTML page: ";

/// Text on one line, without control characters and secrets.
pub(crate) fn line(text: &str, secrets: &[&Secret<String>]) -> Box<str> {
    let head = &text[..text.floor_char_boundary(MOST_BYTES)];
    // Twice: what is cleaned can become a secret, and what is a secret can be cleaned to none.
    cut(&redact(&one_line(&redact(head, secrets)), secrets)).into_boxed_str()
}

/// The beginning of a body that is not understood; None if there is nothing in it.
pub(crate) fn excerpt(body: &[u8], secrets: &[&Secret<String>]) -> Option<Box<str>> {
    let head = body.get(..MOST_BYTES).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    let lower = text.to_ascii_lowercase();
    if ["access_token", "accesstoken"]
        .iter()
        .any(|name| lower.contains(name))
    {
        return Some("not shown, for it may hold a token".into());
    }
    let text = redact(&text, secrets);
    let text = if html::is_markup(&text) {
        format!("{PAGE}{}", html::text(&text))
    } else {
        text
    };
    let shown = cut(&without_opaque_words(&redact(&one_line(&text), secrets)));
    (!shown.is_empty()).then(|| shown.into_boxed_str())
}

/// Words that look like a token are none of people's business.
fn without_opaque_words(text: &str) -> String {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=".contains(c);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let inside = rest.find(|c| !is_inside(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(inside);
        shown.push_str(if is_opaque(word) { "•••" } else { word });
        let outside = after.find(is_inside).unwrap_or(after.len());
        shown.push_str(&after[..outside]);
        rest = &after[outside..];
    }
    shown
}

fn is_opaque(word: &str) -> bool {
    // A UUID names a request in somebody's log, and helps to find it.
    let is_uuid = word.len() == 36 && word.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    word.len() >= OPAQUE && !is_uuid && word.contains(|c: char| c.is_ascii_digit())
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

/// Characters that change how others are read: marks of direction, joiners.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MOST_CHARACTERS {
        return text.to_owned();
    }
    let head: String = text.chars().take(MOST_CHARACTERS - 1).collect();
    format!("{}…", head.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_one_short_line() {
        assert_eq!(&*line(" a\r\n\tb\0c \u{202e}d\u{200b} ", &[]), "a b c d");
        let long = line(&"x ".repeat(300), &[]);
        assert!(
            long.chars().count() <= MOST_CHARACTERS && long.ends_with('…'),
            "{long}"
        );
    }

    #[test]
    fn a_secret_in_pieces_is_seen() {
        let secret = Secret::from("hunter2");
        assert_eq!(&*line("got hunt\u{200b}er2", &[&secret]), "got •••");
    }

    #[test]
    fn what_looks_like_a_token_is_not_quoted() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh";
        assert_eq!(
            excerpt(format!("x={token}; y").as_bytes(), &[]).as_deref(),
            Some("•••; y")
        );
        let shown = excerpt(format!("{{\"access_token\": \"{token}").as_bytes(), &[]).unwrap();
        assert_eq!(&*shown, "not shown, for it may hold a token");
        let uuid = "trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301";
        assert_eq!(excerpt(uuid.as_bytes(), &[]).as_deref(), Some(uuid));
        assert_eq!(excerpt(b" \n ", &[]), None);
    }
}
