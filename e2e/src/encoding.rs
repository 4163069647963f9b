//! The encodings of a token request (RFC 6749 section 2.3.1 and appendix B), written apart from
//! the product's so that they can judge it.

use std::fmt::Write as _;

use data_encoding::BASE64;

/// Percent-encodes everything but the unreserved characters of RFC 3986; a space is `%20`.
#[must_use]
pub fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A body of `application/x-www-form-urlencoded`.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The value of an `Authorization` header, id and secret as they are.
#[must_use]
pub fn basic_raw(id: &str, secret: &str) -> String {
    format!(
        "Basic {}",
        BASE64.encode(format!("{id}:{secret}").as_bytes())
    )
}

/// The value of an `Authorization` header, id and secret percent-encoded first.
#[must_use]
pub fn basic_percent(id: &str, secret: &str) -> String {
    basic_raw(&percent(id), &percent(secret))
}
