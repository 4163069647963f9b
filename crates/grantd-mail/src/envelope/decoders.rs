//! Content-Transfer-Encodings (RFC 2045, section 6), piece by piece: a decoder keeps what it needs of the
//! piece before, so that it does not matter where content is cut. Whatever comes, no byte is lost that
//! means something.

/// How a part is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `7bit`, `8bit`, `binary` or none.
    Plain,
    /// `base64`.
    Base64,
    /// `quoted-printable`.
    Quoted,
    /// `x-uuencode`, which no standard knows.
    Uu,
    /// Another one: the content stays as it is (RFC 2045, section 6.4).
    Unknown,
}

impl Encoding {
    /// The one of this name.
    pub(super) fn of(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default().trim().to_ascii_lowercase();
        // a comment may stand behind it
        let name = name.split(['(', ' ', ';']).next().unwrap_or_default();
        match name {
            "" | "binary" => Self::Plain,
            // `8-bit`, `7bits` and the like mean the same
            _ if name.starts_with(['7', '8']) => Self::Plain,
            "base64" => Self::Base64,
            "quoted-printable" => Self::Quoted,
            "x-uuencode" | "uuencode" | "x-uue" | "uue" => Self::Uu,
            _ => Self::Unknown,
        }
    }

    /// A decoder of it.
    pub(super) fn decoder(self) -> Decoder {
        match self {
            Self::Plain | Self::Unknown => Decoder::Plain,
            Self::Base64 => Decoder::Base64(Base64::default()),
            Self::Quoted => Decoder::Quoted(Quoted::default()),
            Self::Uu => Decoder::Uu(Uu::default()),
        }
    }
}

/// Decodes a part.
pub(super) enum Decoder {
    Plain,
    Base64(Base64),
    Quoted(Quoted),
    Uu(Uu),
}

impl Decoder {
    /// Decodes a piece behind what is in `decoded`.
    pub(super) fn push(&mut self, bytes: &[u8], decoded: &mut Vec<u8>) {
        match self {
            Self::Plain => decoded.extend_from_slice(bytes),
            Self::Base64(base64) => base64.push(bytes, decoded),
            Self::Quoted(quoted) => quoted.push(bytes, decoded),
            Self::Uu(uu) => uu.push(bytes, decoded),
        }
    }

    /// Adds what was waiting for more.
    pub(super) fn finish(&mut self, decoded: &mut Vec<u8>) {
        match self {
            Self::Plain | Self::Base64(_) => {}
            Self::Quoted(quoted) => quoted.finish(decoded),
            Self::Uu(uu) => uu.end_line(decoded),
        }
    }
}

/// Base64 as mails have it: what is none of it is read over, and padding may be missing.
#[derive(Default)]
pub(super) struct Base64 {
    bits: u32,
    count: u32,
    ended: bool,
}

/// What a byte is worth in base64; [`PAD`] or [`NOTHING`] where it is none.
const VALUES: [u8; 256] = values();
const PAD: u8 = 0x40;
const NOTHING: u8 = 0x80;

const fn values() -> [u8; 256] {
    let mut values = [NOTHING; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut worth = 0;
    while worth < PAD {
        values[alphabet[worth as usize] as usize] = worth;
        worth += 1;
    }
    values[b'=' as usize] = PAD;
    values
}

fn value(byte: u8) -> u8 {
    VALUES.get(usize::from(byte)).copied().unwrap_or(NOTHING)
}

impl Base64 {
    fn push(&mut self, mut bytes: &[u8], decoded: &mut Vec<u8>) {
        decoded.reserve(bytes.len() / 4 * 3 + 3);
        while let Some((byte, rest)) = bytes.split_first() {
            // whole groups, as nearly all are
            if self.count == 0
                && !self.ended
                && let Some((group, behind)) = bytes.split_first_chunk::<4>()
            {
                let [one, two, three, four] = group.map(value);
                if one | two | three | four < PAD {
                    let bits = u32::from(one) << 18
                        | u32::from(two) << 12
                        | u32::from(three) << 6
                        | u32::from(four);
                    let [_, whole @ ..] = bits.to_be_bytes();
                    decoded.extend_from_slice(&whole);
                    bytes = behind;
                    continue;
                }
            }
            self.take(value(*byte), decoded);
            bytes = rest;
        }
    }

    fn take(&mut self, value: u8, decoded: &mut Vec<u8>) {
        if value == PAD {
            self.ended = true;
        }
        if value >= PAD || self.ended {
            return;
        }
        self.bits = self.bits << 6 | u32::from(value);
        self.count += 6;
        if self.count >= 8 {
            self.count -= 8;
            let [.., byte] = (self.bits >> self.count).to_be_bytes();
            decoded.push(byte);
        }
    }
}

/// Quoted-printable. What is no encoding stands for itself (RFC 2045, section 6.7).
#[derive(Default)]
pub(super) struct Quoted {
    /// What follows a `=` so far, the `=` among it.
    escape: Vec<u8>,
    /// Blanks that are nothing if the line ends behind them.
    blanks: Vec<u8>,
}

impl Quoted {
    fn push(&mut self, bytes: &[u8], decoded: &mut Vec<u8>) {
        for byte in bytes {
            self.take(*byte, decoded);
        }
    }

    fn take(&mut self, byte: u8, decoded: &mut Vec<u8>) {
        match (self.escape.as_slice(), byte) {
            ([], b' ' | b'\t') => self.blanks.push(byte),
            ([], b'\r' | b'\n') => {
                // a CR alone is no line end: its LF decides
                self.blanks.clear();
                decoded.push(byte);
            }
            ([], b'=') => {
                decoded.append(&mut self.blanks);
                self.escape.push(byte);
            }
            ([], _) => {
                decoded.append(&mut self.blanks);
                decoded.push(byte);
            }
            ([b'=', ..], b'\n') if self.is_soft_break() => self.escape.clear(),
            ([b'='] | [b'=', b' ' | b'\t', ..], b' ' | b'\t' | b'\r') if self.is_soft_break() => {
                self.escape.push(byte);
            }
            ([b'='], _) if byte.is_ascii_hexdigit() => self.escape.push(byte),
            ([b'=', high], _) if high.is_ascii_hexdigit() && byte.is_ascii_hexdigit() => {
                decoded.push(digit(*high) << 4 | digit(byte));
                self.escape.clear();
            }
            _ => {
                decoded.append(&mut self.escape);
                self.take(byte, decoded);
            }
        }
    }

    fn is_soft_break(&self) -> bool {
        let rest = self.escape.get(1..).unwrap_or_default();
        rest.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
    }

    fn finish(&mut self, decoded: &mut Vec<u8>) {
        // `=` at the very end is a soft break whose line end is the boundary's
        if !self.is_soft_break() {
            decoded.append(&mut self.escape);
        }
        self.escape.clear();
        self.blanks.clear();
    }
}

const fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        b'a'..=b'f' => hex - b'a' + 10,
        _ => hex.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// `uuencode`: from its `begin` line on, or from the first line that has the length it says.
#[derive(Default)]
pub(super) struct Uu {
    line: Vec<u8>,
    ended: bool,
}

/// The longest line that is one of `uuencode`, in bytes.
const MOST_LINE: usize = 128;

impl Uu {
    fn push(&mut self, bytes: &[u8], decoded: &mut Vec<u8>) {
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(decoded),
                b'\r' => {}
                _ if self.line.len() < MOST_LINE => self.line.push(*byte),
                _ => {}
            }
        }
    }

    fn end_line(&mut self, decoded: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        if self.ended || line.starts_with(b"begin ") {
            return;
        }
        if line.trim_ascii() == b"end" {
            self.ended = true;
            return;
        }
        let Some((length, rest)) = line.split_first() else {
            return;
        };
        let value = |byte: &u8| byte.wrapping_sub(b' ') & 0x3f;
        let length = usize::from(value(length));
        // blanks at the end of a line may be lost
        let mut groups = rest.to_vec();
        groups.resize(length.div_ceil(3) * 4, b' ');
        let bytes = groups.chunks_exact(4).flat_map(|group| {
            let bits = group
                .iter()
                .fold(0_u32, |bits, byte| bits << 6 | u32::from(value(byte)));
            let [_, one, two, three] = bits.to_be_bytes();
            [one, two, three]
        });
        decoded.extend(bytes.take(length));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(encoding: Encoding, pieces: &[&[u8]]) -> Vec<u8> {
        let (mut decoder, mut out) = (encoding.decoder(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut out);
        }
        decoder.finish(&mut out);
        out
    }

    #[test]
    fn quoted_printable_is_read_as_the_standard_says() {
        for (text, expected) in [
            ("a=3Db", "a=b"),
            ("a=\r\nb", "ab"),
            ("a= \t\r\nb", "ab"),
            ("a=\nb", "ab"),
            ("blank \t\r\nnext", "blank\r\nnext"),
            ("kept \tblank", "kept \tblank"),
            ("a=20\r\nb", "a \r\nb"),
            ("=xy", "=xy"),
            ("=4", "=4"),
            ("=4=41", "=4A"),
            ("==41", "=A"),
            ("end=", "end"),
            ("= x", "= x"),
        ] {
            let told = decoded(Encoding::Quoted, &[text.as_bytes()]);
            assert_eq!(String::from_utf8_lossy(&told), expected, "{text:?}");
        }
    }

    #[test]
    fn uuencoded_content_is_read() {
        let text = b"begin 644 cat.txt\n#0V%T\n`\nend\nsomething else\n";
        assert_eq!(decoded(Encoding::Uu, &[text]), b"Cat");
        assert_eq!(decoded(Encoding::Uu, &[b"#0V%T"]), b"Cat");
    }

    #[test]
    fn names_of_encodings_are_taken_as_they_come() {
        for (name, expected) in [
            (None, Encoding::Plain),
            (Some(" BASE64 "), Encoding::Base64),
            (Some("Quoted-Printable (as told)"), Encoding::Quoted),
            (Some("x-uuencode"), Encoding::Uu),
            (Some("rot13"), Encoding::Unknown),
        ] {
            assert_eq!(Encoding::of(name), expected);
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_content_is_cut(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b'='), Just(b'\r'), Just(b'\n'), Just(b' '), Just(b'4'), any::<u8>()],
                0..60,
            ),
            at in 0usize..60,
        ) {
            let (one, two) = bytes.split_at(at.min(bytes.len()));
            for encoding in [Encoding::Base64, Encoding::Quoted, Encoding::Uu, Encoding::Plain] {
                prop_assert_eq!(decoded(encoding, &[one, two]), decoded(encoding, &[&bytes]));
            }
        }
    }
}
