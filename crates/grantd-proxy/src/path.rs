//! What a path must not hold, whatever a rule says: tricks that let one server see another path than another.
//!
//! Pure. Invariant: a path that passes stays below every prefix that it begins with, however often the service
//! decodes it.

use memchr::{memchr_iter, memchr3, memmem};

/// How often a path is decoded to find what is hidden in it.
const MOST_DECODINGS: usize = 3;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// `.` or `..`, plain or encoded, with parameters or without.
    #[error("a path without `.` and `..` segments is expected, encoded ones included")]
    DotSegment,
    /// A backslash, plain or encoded.
    #[error("a path without `\\` is expected, encoded ones included")]
    Backslash,
    /// A NUL or another control character, encoded.
    #[error("a path without control characters is expected, encoded ones included")]
    Control,
    /// `%` without two hexadecimal digits behind it.
    #[error("a path in which `%` begins two hexadecimal digits is expected")]
    BrokenEncoding,
    /// It is encoded over and over.
    #[error("a path that is encoded once is expected")]
    TooDeep,
    /// What it stands for is no text, where rules are set for paths.
    #[error("a path of UTF-8 is expected, because the consumer has rules for paths")]
    NotUtf8,
    /// An empty segment where rules are set for paths.
    #[error("a path without `//` is expected, because the consumer has rules for paths")]
    EmptySegment,
    /// A slash that is encoded, where rules are set for paths.
    #[error("a path without encoded slashes is expected, because the consumer has rules for paths")]
    EncodedSlash,
}

/// Checks a path, without its query; strictly where the consumer has rules for paths.
///
/// # Errors
/// With what it holds.
pub fn check(path: &str, strictly: bool) -> Result<(), PathFault> {
    let bytes = path.as_bytes();
    if strictly && memmem::find(bytes, b"//").is_some() {
        return Err(PathFault::EmptySegment);
    }
    // most paths hold nothing of the kind
    if memchr3(b'%', b'\\', b'.', bytes).is_none() && !bytes.iter().any(u8::is_ascii_control) {
        return Ok(());
    }
    check_plain(bytes)?;
    let mut decoded = bytes.to_vec();
    for turn in 0..MOST_DECODINGS {
        let Some(once) = decode(&decoded, turn == 0)? else {
            return Ok(());
        };
        if strictly && slashes(&once) != slashes(&decoded) {
            return Err(PathFault::EncodedSlash);
        }
        check_plain(&once)?;
        if strictly && std::str::from_utf8(&once).is_err() {
            return Err(PathFault::NotUtf8);
        }
        decoded = once;
    }
    match decode(&decoded, false)? {
        Some(_) => Err(PathFault::TooDeep),
        None => Ok(()),
    }
}

fn check_plain(path: &[u8]) -> Result<(), PathFault> {
    for byte in path {
        match byte {
            b'\\' => return Err(PathFault::Backslash),
            0..=0x1f | 0x7f => return Err(PathFault::Control),
            _ => {}
        }
    }
    let hidden = path.split(|byte| *byte == b'/').any(|segment| {
        // some servers take what is behind a semicolon away before they look for dots
        let name = segment.split(|byte| *byte == b';').next();
        matches!(name, Some(b"." | b".."))
    });
    if hidden {
        return Err(PathFault::DotSegment);
    }
    Ok(())
}

/// Decodes once; none if there is nothing to decode. What is no encoding is a fault only as it came.
fn decode(path: &[u8], as_it_came: bool) -> Result<Option<Vec<u8>>, PathFault> {
    if !path.contains(&b'%') {
        return Ok(None);
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    let mut any = false;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        if let [high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            decoded.push(high * 16 + low);
            rest = after;
            any = true;
        } else if as_it_came {
            return Err(PathFault::BrokenEncoding);
        } else {
            decoded.push(b'%');
        }
    }
    Ok(any.then_some(decoded))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn slashes(path: &[u8]) -> usize {
    memchr_iter(b'/', path).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tricks_are_refused() {
        for (path, fault) in [
            ("/a/../b", PathFault::DotSegment),
            ("/a/..", PathFault::DotSegment),
            ("/./a", PathFault::DotSegment),
            ("/a/%2e%2e/b", PathFault::DotSegment),
            ("/a/%2E./b", PathFault::DotSegment),
            ("/a/.%2e/b", PathFault::DotSegment),
            ("/a/%252e%252e/b", PathFault::DotSegment),
            ("/a/%25252e%25252e/b", PathFault::DotSegment),
            ("/a%2f..%2fb", PathFault::DotSegment),
            ("/a/..;x=1/b", PathFault::DotSegment),
            ("/a/%2e%2e%3bx/b", PathFault::DotSegment),
            ("/a\\b", PathFault::Backslash),
            ("/a%5cb", PathFault::Backslash),
            ("/a%00", PathFault::Control),
            ("/a%0d%0ab", PathFault::Control),
            ("/a%7f", PathFault::Control),
            ("/a/%2525252525252e", PathFault::TooDeep),
            ("/a%2", PathFault::BrokenEncoding),
            ("/a%zz", PathFault::BrokenEncoding),
        ] {
            for strictly in [false, true] {
                assert!(check(path, strictly).is_err(), "{path}");
            }
            assert_eq!(check(path, false), Err(fault), "{path}");
        }
    }

    #[test]
    fn what_is_meant_passes() {
        for path in [
            "/",
            "/a/b",
            "/a.b/..c/d..",
            "/a/...",
            "/file.json",
            "/100%25",
            "/%C3%A4",
            "/a;v=1/b",
            "/a/~b",
            "/.well-known/x",
        ] {
            assert_eq!(check(path, true), Ok(()), "{path}");
        }
    }

    #[test]
    fn rules_make_it_stricter() {
        for (path, fault) in [
            ("//a", PathFault::EmptySegment),
            ("/a//b", PathFault::EmptySegment),
            ("/group%2Fproject", PathFault::EncodedSlash),
            ("/group%252Fproject", PathFault::EncodedSlash),
            ("/a/%c0%ae%c0%ae/b", PathFault::NotUtf8),
        ] {
            assert_eq!(check(path, true), Err(fault), "{path}");
            assert_eq!(check(path, false), Ok(()), "{path}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_stays_where_it_is(path in "/(a|\\.|/|%2e|%2f|%5c|%25|;|%3b|\\\\|%|2|e|5|c){0,12}") {
            if check(&path, true).is_ok() {
                let mut seen = path.clone().into_bytes();
                for _ in 0..MOST_DECODINGS {
                    let text = String::from_utf8_lossy(&seen);
                    // a parser of URLs resolves dots and backslashes as a browser does
                    let url = url::Url::parse(&format!("https://a.example/base{text}")).unwrap();
                    prop_assert!(url.path().starts_with("/base"), "{path}");
                    match decode(&seen, false) {
                        Ok(Some(once)) => seen = once,
                        _ => break,
                    }
                }
            }
        }
    }
}
