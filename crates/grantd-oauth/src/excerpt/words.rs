//! Words that look like a token are none of people's business.

use crate::redact::MARK;

/// Characters in a row from which on a word is taken for a token, whatever they are.
const LONG: usize = 32;

/// Characters in a row from which on a word of letters and digits is taken for a token.
const MIXED: usize = 6;

/// Whether UUIDs are shown: one names a request in somebody's log, but may be a token as well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Uuids {
    Shown,
    Masked,
}

/// The text with marks in the place of words that look like a token.
pub(super) fn masked(text: &str, uuids: Uuids) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let inside = rest.find(|c| !is_inside(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(inside);
        let is_shown = !is_opaque(word) || (uuids == Uuids::Shown && is_uuid(word));
        shown.push_str(if is_shown { word } else { MARK });
        let outside = after.find(is_inside).unwrap_or(after.len());
        shown.push_str(&after[..outside]);
        rest = &after[outside..];
    }
    shown
}

/// All that tokens are made of, and not what encloses and divides words.
fn is_inside(c: char) -> bool {
    c.is_ascii_graphic() && !"\"'`<>()[]{},;".contains(c)
}

fn is_opaque(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    let is_mixed = has(u8::is_ascii_alphabetic) && has(u8::is_ascii_digit);
    word.len() >= LONG || (is_mixed && word.len() >= MIXED)
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && word.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_people_stay() {
        for text in [
            "Error 502: (Bad Gateway), see login.example.com",
            "IPv4 ä 31.12.2026",
        ] {
            assert_eq!(masked(text, Uuids::Masked), text);
        }
    }

    #[test]
    fn words_of_machines_go() {
        let long = "x".repeat(LONG);
        for word in ["abc123", "00D5g!AQ", "a1:b2|c3", &long] {
            assert_eq!(masked(&format!("({word}, x)"), Uuids::Shown), "(•••, x)");
        }
    }
}
