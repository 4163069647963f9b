//! The ways in which a byte of a secret may be written, in any case.

/// The longest entity that is read.
const MOST_ENTITY: usize = 12;

/// How long the spellings of the byte are with which the text begins.
pub(super) fn spellings(text: &[u8], byte: u8) -> impl Iterator<Item = usize> {
    let plain = text
        .first()
        .is_some_and(|&first| is_same(first, byte) || (byte == b' ' && first == b'+'))
        .then_some(1);
    let encoded = match text.first() {
        Some(b'%') => percent(text, byte),
        Some(b'\\') => backslash(text, byte),
        Some(b'&') => entity(text, byte),
        _ => None,
    };
    plain.into_iter().chain(encoded)
}

fn percent(text: &[u8], byte: u8) -> Option<usize> {
    let digits = std::str::from_utf8(text.get(1..3)?).ok()?;
    let decoded = u8::from_str_radix(digits, 16).ok()?;
    is_same(decoded, byte).then_some(3)
}

fn backslash(text: &[u8], byte: u8) -> Option<usize> {
    let escaped = match text.get(1)? {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let digits = std::str::from_utf8(text.get(2..6)?).ok()?;
            let decoded = u32::from_str_radix(digits, 16).ok()?;
            return is_same_character(decoded, byte).then_some(6);
        }
        other => *other,
    };
    is_same(escaped, byte).then_some(2)
}

fn entity(text: &[u8], byte: u8) -> Option<usize> {
    let length = text.iter().take(MOST_ENTITY).position(|&b| b == b';')?;
    let name = std::str::from_utf8(text.get(1..length)?).ok()?;
    let character = match name {
        "amp" => u32::from(b'&'),
        "lt" => u32::from(b'<'),
        "gt" => u32::from(b'>'),
        "quot" => u32::from(b'"'),
        "apos" => u32::from(b'\''),
        _ => {
            let Some(number) = name.strip_prefix('#') else {
                // There are names for all punctuation, and several for some.
                return byte.is_ascii_punctuation().then_some(length + 1);
            };
            let hex = number.strip_prefix(['x', 'X']);
            hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16))
                .ok()?
        }
    };
    is_same_character(character, byte).then_some(length + 1)
}

/// Whether the bytes are the same but for case.
const fn is_same(a: u8, b: u8) -> bool {
    a.eq_ignore_ascii_case(&b)
}

/// Whether the character is this byte of ASCII but for case.
fn is_same_character(character: u32, byte: u8) -> bool {
    byte.is_ascii() && u8::try_from(character).is_ok_and(|character| is_same(character, byte))
}
