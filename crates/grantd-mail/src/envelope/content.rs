//! The content of a part, decoded piece by piece: what is long comes from the file and is never whole in
//! memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use mail_parser::Encoding;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use super::slim::{Piece, Slim};
use crate::delivery::files;

/// Writes the content of a part into a file; none if it is larger than it may be.
pub(super) fn write_part(
    raw: &[u8],
    encoding: Encoding,
    slim: &Slim,
    mime: &mut File,
    target: &Path,
    most: u64,
) -> io::Result<Option<(u64, String)>> {
    let mut file = BufWriter::with_capacity(64 * 1024, files::replace(target)?);
    let mut context = Context::new(&SHA256);
    let mut size = 0;
    decode(raw, encoding, slim, mime, |bytes| {
        size += bytes.len() as u64;
        if size > most {
            return Ok(false);
        }
        context.update(bytes);
        file.write_all(bytes)?;
        Ok(true)
    })?;
    file.flush()?;
    let sha256 = data_encoding::HEXLOWER.encode(context.finish().as_ref());
    Ok((size <= most).then_some((size, sha256)))
}

/// Gives the decoded content of a part, piece by piece, until nobody wants more.
pub(super) fn decode(
    raw: &[u8],
    encoding: Encoding,
    slim: &Slim,
    mime: &mut File,
    mut give: impl FnMut(&[u8]) -> io::Result<bool>,
) -> io::Result<()> {
    let pieces = slim.pieces(raw);
    let mut base64 = Lenient::default();
    let mut buffer = vec![0; 48 * 1024];
    for piece in pieces {
        match (piece, encoding) {
            (Piece::Bytes(bytes), Encoding::Base64) => {
                if !give(&base64.push(bytes))? {
                    return Ok(());
                }
            }
            (Piece::Bytes(bytes), Encoding::QuotedPrintable) => {
                let decoded = quoted_printable_decode(bytes);
                if !give(decoded.as_deref().unwrap_or(bytes))? {
                    return Ok(());
                }
            }
            (Piece::Bytes(bytes), Encoding::None) => {
                if !give(bytes)? {
                    return Ok(());
                }
            }
            (Piece::Run(run), encoding) => {
                let mut part = files::part(mime, run.start, run.length)?;
                loop {
                    let read = part.read(&mut buffer)?;
                    if read == 0 {
                        break;
                    }
                    let bytes = buffer.get(..read).unwrap_or_default();
                    let wanted = if encoding == Encoding::Base64 {
                        give(&base64.push(bytes))?
                    } else {
                        give(bytes)?
                    };
                    if !wanted {
                        return Ok(());
                    }
                }
            }
        }
    }
    if encoding == Encoding::Base64 {
        give(&base64.finish())?;
    }
    Ok(())
}

/// Base64 as mails have it: what is none of it is read over, and padding may be missing.
#[derive(Default)]
struct Lenient {
    bits: u32,
    count: u32,
    ended: bool,
}

impl Lenient {
    fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
        for byte in bytes {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    self.ended = true;
                    continue;
                }
                _ => continue,
            };
            if self.ended {
                break;
            }
            self.bits = self.bits << 6 | u32::from(value);
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                let [.., byte] = (self.bits >> self.count).to_be_bytes();
                decoded.push(byte);
            }
        }
        decoded
    }

    fn finish(&mut self) -> Vec<u8> {
        self.count = 0;
        Vec::new()
    }
}
