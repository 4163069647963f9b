//! Parts of paths, written so that nothing in them leads elsewhere (RFC 3986 section 2.1).

/// What stands for itself beside letters and digits.
const KEPT: &[u8] = b"-_.~";

/// One part of a path.
pub(crate) fn segment(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || KEPT.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Parts divided by `/`.
pub(crate) fn path(text: &str) -> String {
    text.split('/').map(segment).collect::<Vec<_>>().join("/")
}
