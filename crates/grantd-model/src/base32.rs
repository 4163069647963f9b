//! Lower-case base32hex without padding (RFC 4648 section 7), as ids and API keys use it: text that
//! sorts as the bytes do.
//!
//! An API key is decoded at every request, so nothing is built and nothing allocated but the result.

const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The value of each character; 255 of one that is no digit.
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 32 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// The text form: five bits a character.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(digit(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(digit(held << (5 - bits)));
    }
    text
}

/// Reads the text form of exactly `N` bytes; none if it is another text than [`encode`] makes.
#[must_use]
pub fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(5) {
        return None;
    }
    let mut out = [0; N];
    let mut places = out.iter_mut();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for character in text {
        let value = VALUES.get(usize::from(*character)).copied()?;
        if value > 31 {
            return None;
        }
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            *places.next()? = u8::try_from(held >> bits).ok()?;
            held &= (1 << bits) - 1;
        }
    }
    // bits that stand for nothing would give one value several texts
    (held == 0).then_some(out)
}

fn digit(value: u32) -> char {
    let index = (value & 31) as usize;
    char::from(DIGITS.get(index).copied().unwrap_or(b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_section_10() {
        for (bytes, text) in [
            ("", ""),
            ("f", "co"),
            ("fo", "cpng"),
            ("foo", "cpnmu"),
            ("foob", "cpnmuog"),
            ("fooba", "cpnmuoj1"),
            ("foobar", "cpnmuoj1e8"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(decode(b"cpnmuoj1e8"), Some(*b"foobar"));
        assert_eq!(decode(b"co"), Some(*b"f"));
    }

    #[test]
    fn every_array_survives_and_has_one_text() {
        let mut bytes = [0_u8; 16];
        for (index, added) in (0..16).zip(7_u8..).cycle().take(2000) {
            bytes[index] = bytes[index].wrapping_mul(31).wrapping_add(added);
            let text = encode(&bytes);
            assert_eq!(decode(text.as_bytes()), Some(bytes), "{text}");
        }
        for wrong in ["cp", "CO", "c=", "c", "coo", "c!", "", "cé"] {
            assert_eq!(decode::<1>(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
