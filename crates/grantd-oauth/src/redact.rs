//! Takes secrets out of text that others wrote.
//!
//! A server may repeat what it was sent in any clothing: percent-encoded, escaped for JSON or
//! HTML, in another case, divided by tags or spaces, or inside the base64 of a Basic header.
//! Invariant: what comes out holds no secret that went in, whole, in any mixture of these.

use std::ops::Range;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding};
use grantd_model::Secret;
use zeroize::Zeroizing;

use crate::form::{encode_into, encoded_len};

mod bones;
mod spelling;

use bones::Bones;
pub(crate) use bones::is_invisible;
use spelling::spellings;

/// What stands in the place of a secret: not ASCII, so that it can not become a part of one.
pub(crate) const MARK: &str = "•••";

/// As many bytes of a secret at the very end of a text are taken for a secret that was cut off.
const CUT_OFF: usize = 4;

/// The fewest bytes of a secret that is sought in pieces too: shorter ones are in any prose.
const FEWEST_IN_PIECES: usize = 6;

/// The fewest characters of base64 that are sought in pieces too.
const FEWEST_OF_BASE64_IN_PIECES: usize = 12;

/// Replaces every occurrence of the secrets, as they are, in any case, encoded or in pieces.
#[must_use]
pub fn redact(text: &str, secrets: &[&Secret<String>]) -> String {
    let mut found = Vec::new();
    let bones = Bones::of(text);
    for secret in secrets {
        for needle in &needles(secret.expose()) {
            find(text, needle.as_bytes(), Extent::Needle, &mut found);
            let needle = Bones::of_needle(needle);
            if needle.len() >= FEWEST_IN_PIECES {
                bones.find(needle.as_bytes(), Extent::Needle, &mut found);
            }
        }
        find_base64(text, &bones, secret.expose(), &mut found);
    }
    replace(text, found)
}

/// The secret, and what it is in another case where that is more than the case of ASCII.
fn needles(secret: &str) -> Vec<Zeroizing<String>> {
    let mut needles = vec![Zeroizing::new(secret.to_owned())];
    if secret.trim() != secret {
        needles.push(Zeroizing::new(secret.trim().to_owned()));
    }
    if !secret.is_ascii() {
        needles.push(Zeroizing::new(secret.trim().to_lowercase()));
        needles.push(Zeroizing::new(secret.trim().to_uppercase()));
    }
    needles
}

fn replace(text: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_by_key(|range| range.start);
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for range in found {
        if range.start >= done {
            clean.push_str(text.get(done..range.start).unwrap_or_default());
            clean.push_str(MARK);
        }
        done = done.max(range.end);
    }
    clean.push_str(text.get(done..).unwrap_or_default());
    clean
}

/// How much is replaced where a needle is found.
#[derive(Clone, Copy)]
enum Extent {
    Needle,
    /// All of the base64 around it too.
    Base64Run,
}

fn find(text: &str, needle: &[u8], extent: Extent, found: &mut Vec<Range<usize>>) {
    let Some(&first) = needle.first() else {
        return;
    };
    let bytes = text.as_bytes();
    // most places are not even a beginning, and nothing is allocated for them
    let begins = |start: usize| spellings(&bytes[start..], first).next().is_some();
    for start in (0..bytes.len()).filter(|&start| text.is_char_boundary(start) && begins(start)) {
        let Some(end) = end_of_match(bytes, start, needle) else {
            continue;
        };
        found.push(match extent {
            Extent::Needle => start..end,
            Extent::Base64Run => {
                let before = bytes[..start].iter().rev();
                let after = bytes[end..].iter();
                start - before.take_while(|byte| is_base64(**byte)).count()
                    ..end + after.take_while(|byte| is_base64(**byte)).count()
            }
        });
    }
}

/// Where a match that begins at `start` ends, each byte of the needle in any of its spellings.
fn end_of_match(text: &[u8], start: usize, needle: &[u8]) -> Option<usize> {
    // Several ends at once: `%25` is one `%`, or the first character of three.
    let mut ends = vec![start];
    for (position, &byte) in needle.iter().enumerate() {
        if position >= CUT_OFF && ends.contains(&text.len()) {
            return Some(text.len());
        }
        let mut next: Vec<usize> = Vec::new();
        for &end in &ends {
            for length in spellings(text.get(end..).unwrap_or_default(), byte) {
                if !next.contains(&(end + length)) {
                    next.push(end + length);
                }
            }
        }
        ends = next;
        if ends.is_empty() {
            return None;
        }
    }
    ends.into_iter().max()
}

/// Finds the secret in base64 of anything that holds it, such as `id:secret`.
fn find_base64(text: &str, bones: &Bones, secret: &str, found: &mut Vec<Range<usize>>) {
    let mut encoded = Zeroizing::new(Vec::with_capacity(encoded_len(secret)));
    encode_into(secret, &mut encoded);
    for bytes in [secret.as_bytes(), &encoded] {
        for shift in 0..3 {
            for alphabet in [BASE64_NOPAD, BASE64URL_NOPAD] {
                let core = base64_core(bytes, shift, &alphabet);
                if core.len() >= CUT_OFF {
                    find(text, core.as_bytes(), Extent::Base64Run, found);
                }
                if core.len() >= FEWEST_OF_BASE64_IN_PIECES {
                    bones.find(core.as_bytes(), Extent::Needle, found);
                }
            }
        }
    }
}

/// The characters of base64 that depend on these bytes alone, `shift` bytes into a group of three.
fn base64_core(bytes: &[u8], shift: usize, alphabet: &Encoding) -> Zeroizing<String> {
    let mut shifted = Zeroizing::new(Vec::with_capacity(shift + bytes.len()));
    shifted.resize(shift, 0);
    shifted.extend_from_slice(bytes);
    let whole = Zeroizing::new(alphabet.encode(&shifted));
    let core = whole.get((shift * 8).div_ceil(6)..shifted.len() * 8 / 6);
    Zeroizing::new(core.unwrap_or_default().to_owned())
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg";

    fn redacted(text: &str, secret: &str) -> String {
        redact(text, &[&Secret::from(secret)])
    }

    #[test]
    fn every_clothing_is_seen_through() {
        for clothed in [
            "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg",
            "jhyun%2Fku%5Bojubbj%5D%2Fjhgfdrg%5E7%2Adfg%26jkiu%23bjshdm%2Cktttdg",
            "jhyun%2fku%5bojubbj%5d/jhgfdrg%5e7*dfg&jkiu%23bjshdm,ktttdg",
            r"jhyun\/ku[ojubbj]\/jhgfdrg^7*dfg\u0026jkiu#bjshdm,ktttdg",
            "jhyun&#x2F;ku[ojubbj]&#47;jhgfdrg^7*dfg&amp;jkiu#bjshdm,ktttdg",
        ] {
            let text = redacted(&format!("secret {clothed} is wrong"), EXAMPLE);
            assert_eq!(text, "secret ••• is wrong", "{clothed}");
        }
    }

    #[test]
    fn a_percent_sign_of_the_secret_itself_is_no_obstacle() {
        assert_eq!(redacted("x %252Fa x", "%2Fa"), "x ••• x");
        assert_eq!(redacted("x %2Fa x", "%2Fa"), "x ••• x");
    }

    #[test]
    fn base64_is_taken_out_as_a_whole() {
        for id in ["a", "ab", "abc"] {
            let basic = data_encoding::BASE64.encode(format!("{id}:{EXAMPLE}").as_bytes());
            let text = redacted(&format!("header `Basic {basic}` refused"), EXAMPLE);
            assert_eq!(text, "header `Basic •••` refused");
        }
    }

    #[test]
    fn a_secret_that_was_cut_off_is_seen() {
        assert_eq!(redacted("got jhyun/ku[oj", EXAMPLE), "got •••");
        assert_eq!(redacted("got jhy", EXAMPLE), "got jhy");
    }

    #[test]
    fn case_is_no_clothing() {
        assert_eq!(
            redacted("got HUNTER%2f2 and hunter/2", "Hunter/2"),
            "got ••• and •••"
        );
        assert_eq!(redacted("got GEHÄUSE", "gehäuse"), "got •••");
    }

    #[test]
    fn pieces_are_put_together() {
        for text in [
            "<b>hun</b>ter<br/>-two",
            "h u n t e r-\u{200b}t w\r\no",
            "Hunter<!--x-->-Two",
        ] {
            let text = redacted(&format!("got {text} <i>now</i>"), "hunter-two");
            assert!(
                ["got ••• <i>now</i>", "got <b>••• <i>now</i>"].contains(&&*text),
                "{text}"
            );
        }
        assert_eq!(redacted("a < b, c > d", "a<b,c>d"), "•••");
        assert_eq!(redacted("so me text", "some"), "so me text");
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let text = redact("abcdef", &[&Secret::from("abcd"), &Secret::from("cdef")]);
        assert_eq!(text, MARK);
        assert_eq!(redact("ab", &[&Secret::from("")]), "ab");
    }
}
