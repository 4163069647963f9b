//! The content of a part, decoded piece by piece: what is long comes from the file and is never whole in
//! memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use mail_parser::decoders::charsets::map::charset_decoder;

use super::leaves::Leaf;
use super::slim::{Piece, Slim};
use crate::delivery::files;
use crate::protocol::ews::cut;

/// Writes the content of a part into a file; none if it is larger than it may be.
pub(super) fn write_part(
    leaf: &Leaf<'_>,
    slim: &Slim,
    mime: &mut File,
    target: &Path,
    most: u64,
) -> io::Result<Option<(u64, String)>> {
    let mut file = BufWriter::with_capacity(files::BUFFER, files::replace(target)?);
    let mut context = Context::new(&SHA256);
    let mut size = 0;
    decode(leaf, slim, mime, |bytes| {
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

/// The text of a part, at most so many bytes of it, and whether that is not all.
pub(super) fn read_text(
    leaf: &Leaf<'_>,
    slim: &Slim,
    mime: &mut File,
    most: usize,
) -> io::Result<(String, bool)> {
    let mut bytes = Vec::new();
    // a charset may make less of it, and the last character needs its rest
    let limit = most.saturating_mul(4).saturating_add(16);
    let mut is_cut = false;
    decode(leaf, slim, mime, |piece| {
        let left = limit.saturating_sub(bytes.len());
        bytes.extend_from_slice(piece.get(..left.min(piece.len())).unwrap_or_default());
        is_cut = piece.len() > left;
        Ok(!is_cut)
    })?;
    let decoder = leaf.charset.as_deref();
    let decoder = decoder.and_then(|name| charset_decoder(name.as_bytes()));
    let mut text = match decoder {
        Some(decoder) => decoder(&bytes),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    is_cut |= cut(&mut text, most);
    Ok((text, is_cut))
}

/// Gives the decoded content of a part, piece by piece, until nobody wants more.
fn decode(
    leaf: &Leaf<'_>,
    slim: &Slim,
    mime: &mut File,
    mut give: impl FnMut(&[u8]) -> io::Result<bool>,
) -> io::Result<()> {
    let mut decoding = leaf.encoding.decoder();
    let mut buffer = vec![0; files::BUFFER];
    let mut told = Vec::new();
    for piece in slim.pieces(leaf.raw) {
        match piece {
            Piece::Bytes(bytes) => {
                told.clear();
                decoding.push(bytes, &mut told);
                if !give(&told)? {
                    return Ok(());
                }
            }
            Piece::Run(run) => {
                let mut part = files::part(mime, run.start, run.length)?;
                loop {
                    let read = part.read(&mut buffer)?;
                    if read == 0 {
                        break;
                    }
                    told.clear();
                    decoding.push(buffer.get(..read).unwrap_or_default(), &mut told);
                    if !give(&told)? {
                        return Ok(());
                    }
                }
            }
        }
    }
    told.clear();
    decoding.finish(&mut told);
    if !told.is_empty() {
        give(&told)?;
    }
    Ok(())
}
