//! `application/x-www-form-urlencoded` (RFC 6749 appendix B), in buffers that are wiped.
//!
//! A space is written as `%20`, not `+`: every form decoder reads both, while decoders of plain
//! percent-encoding take `+` for itself, and an authorization server in the field does so even in
//! the Basic header. One spelling is right everywhere. Read are both.

use grantd_model::Secret;

/// A form to be sent. Pairs with an empty value are left out (RFC 6749 section 3.2).
#[derive(Default)]
pub(crate) struct Form<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Form<'a> {
    pub(crate) fn push(&mut self, name: &'a str, value: &'a str) {
        if !value.is_empty() {
            self.0.push((name, value));
        }
    }

    pub(crate) fn encode(&self) -> Secret<Vec<u8>> {
        let pair = |(name, value): &(&str, &str)| encoded_len(name) + encoded_len(value) + 2;
        // Filled without growing: a buffer that moves leaves a copy behind.
        let mut body = Vec::with_capacity(self.0.iter().map(pair).sum());
        for (position, (name, value)) in self.0.iter().enumerate() {
            if position > 0 {
                body.push(b'&');
            }
            encode_into(name, &mut body);
            body.push(b'=');
            encode_into(value, &mut body);
        }
        Secret::new(body)
    }
}

/// How many bytes [`encode_into`] appends.
pub(crate) fn encoded_len(text: &str) -> usize {
    text.bytes()
        .map(|byte| if is_unreserved(byte) { 1 } else { 3 })
        .sum()
}

/// Appends the text, all but the unreserved characters of RFC 3986 section 2.3 percent-encoded.
pub(crate) fn encode_into(text: &str, buffer: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if is_unreserved(byte) {
            buffer.push(byte);
        } else {
            buffer.push(b'%');
            buffer.push(HEX[usize::from(byte >> 4)]);
            buffer.push(HEX[usize::from(byte & 15)]);
        }
    }
}

/// The pairs of a form that was received; what is no valid encoding is kept as it is, as browsers
/// do, and what is no UTF-8 becomes the replacement character.
pub(crate) fn decode(body: &[u8]) -> impl Iterator<Item = (Secret<String>, Secret<String>)> {
    body.split(|&byte| byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let equals = pair.iter().position(|&byte| byte == b'=');
            let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
            (
                decode_one(name),
                decode_one(value.get(1..).unwrap_or_default()),
            )
        })
}

fn decode_one(encoded: &[u8]) -> Secret<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, tail @ ..] = rest {
        let (byte, left) = match (first, tail) {
            (b'+', _) => (b' ', tail),
            (b'%', [high, low, left @ ..]) => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, left),
                _ => (b'%', tail),
            },
            _ => (*first, tail),
        };
        bytes.push(byte);
        rest = left;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Secret::new(text),
        Err(fault) => {
            let bytes = Secret::new(fault.into_bytes());
            Secret::new(String::from_utf8_lossy(bytes.expose()).into_owned())
        }
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
