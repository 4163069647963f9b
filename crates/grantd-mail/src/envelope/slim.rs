//! A mail without its bulk: long runs of base64, and whatever else is long within a part, are taken out of
//! it while it is read, so that what has to be parsed fits into little memory whatever is attached.
//!
//! A run is replaced by a token that nobody can guess; whoever needs the content reads it from the
//! file, by place and length. The token is base64 as well, so that the structure of the mail stays.
//! Pure: bytes in, bytes out.

use std::io::{self, Read};

/// From how many bytes on a run is taken out.
const LEAST: usize = 4 * 1024;

/// From how many bytes on a run within a part of text is taken out: texts are wanted as they are.
const LEAST_OF_TEXT: usize = 2 * 1024 * 1024;

/// From how many bytes on the rest of anything is taken out, up to a line that may be a boundary.
const LEAST_OF_ALL: usize = 2 * 1024 * 1024;

/// The most that is left, in bytes.
const MOST: usize = 12 * 1024 * 1024;

/// How much is read at once.
const BUFFER: usize = 16 * 1024;

/// How long a token is; a multiple of four, as base64 is read.
const TOKEN: usize = 40;

/// A mail without its bulk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slim {
    /// What is left.
    pub bytes: Vec<u8>,
    /// What was taken out, in order.
    pub runs: Vec<Run>,
    /// What tokens begin with.
    prefix: String,
    /// Whether it was too much, so that the end is missing.
    pub cut: bool,
}

/// A run of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where it begins.
    pub start: u64,
    /// How long it is, line ends included.
    pub length: u64,
}

/// A piece of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// A run of the file.
    Run(Run),
}

impl Slim {
    /// Reads a mail; `nonce` is of 26 letters and digits that nobody can guess.
    ///
    /// # Errors
    /// When reading fails.
    pub fn read(mut mail: impl Read, nonce: &str) -> io::Result<Self> {
        let mut reading = Reading::new(nonce);
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = mail.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            reading.take_all(buffer.get(..read).unwrap_or_default());
            if reading.slim.bytes.len() > MOST {
                reading.slim.cut = true;
                break;
            }
        }
        Ok(reading.finish())
    }

    /// A part of what is left, with its runs.
    #[must_use]
    pub fn pieces<'a>(&'a self, mut part: &'a [u8]) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let prefix = self.prefix.as_bytes();
        while let Some(at) = find(part, prefix) {
            let (before, rest) = part.split_at(at);
            let run = rest
                .get(prefix.len()..TOKEN)
                .and_then(|number| std::str::from_utf8(number).ok())
                .and_then(|number| usize::from_str_radix(number, 16).ok())
                .and_then(|number| self.runs.get(number));
            let Some(run) = run else {
                break;
            };
            if !before.is_empty() {
                pieces.push(Piece::Bytes(before));
            }
            pieces.push(Piece::Run(*run));
            part = rest.get(TOKEN..).unwrap_or_default();
        }
        if !part.is_empty() {
            pieces.push(Piece::Bytes(part));
        }
        pieces
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        if bytes.get(from + at..)?.starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

struct Reading {
    slim: Slim,
    /// Where the next byte stands in the file.
    offset: u64,
    /// What may be a run: where it begins, and its bytes as long as it is short.
    run: Option<Pending>,
    /// Whether the line so far is base64.
    line_is_base64: bool,
    line_length: usize,
    /// The beginning of the line, to know a `Content-Type`.
    line_start: Vec<u8>,
    is_text: bool,
    last: u8,
    /// Whether an empty line came since the last that may be a boundary.
    in_body: bool,
    /// Where in what is left the lines begin among which there is none that may be a boundary.
    stretch: usize,
    bulk: Option<Bulk>,
}

/// The rest of something long, which goes on until a line begins with two dashes.
struct Bulk {
    start: u64,
    /// How many dashes the line begins with so far; absent within a line.
    dashes: Option<u8>,
    /// The end of the line before.
    line_end: &'static [u8],
}

struct Pending {
    start: u64,
    /// The bytes, until there are so many that they are taken out.
    bytes: Vec<u8>,
    length: u64,
    /// How many characters of base64 are in it.
    characters: u64,
    /// Behind which byte it may end, with how many characters up to there: behind whole groups of
    /// four.
    end: (u64, u64),
    taken_out: bool,
}

impl Pending {
    /// Lets go what is taken out: what stands behind the last whole group waits for what comes.
    fn keep_behind(&mut self) {
        let behind = usize::try_from(self.length - self.end.0).unwrap_or(0);
        let from = self.bytes.len().saturating_sub(behind);
        self.bytes.drain(..from);
    }
}

/// Which bytes are base64, or its padding.
const BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        byte += 1;
    }
    table
};

fn is_base64(byte: u8) -> bool {
    BASE64.get(usize::from(byte)).copied().unwrap_or(false)
}

const CONTENT_TYPE: &[u8] = b"content-type:";

impl Reading {
    fn new(nonce: &str) -> Self {
        let mut prefix = format!("grantd{nonce}");
        prefix.truncate(TOKEN - 8);
        while prefix.len() < TOKEN - 8 {
            prefix.push('0');
        }
        Self {
            slim: Slim {
                bytes: Vec::new(),
                runs: Vec::new(),
                prefix,
                cut: false,
            },
            offset: 0,
            run: None,
            line_is_base64: true,
            line_length: 0,
            line_start: Vec::new(),
            is_text: false,
            last: 0,
            in_body: false,
            stretch: 0,
            bulk: None,
        }
    }

    /// Takes a piece: what is uniform in a line goes on at once.
    fn take_all(&mut self, mut bytes: &[u8]) {
        while let Some(byte) = bytes.first() {
            if self.bulk.is_some() {
                bytes = self.take_bulk(bytes);
                continue;
            }
            if self.slim.bytes.len() - self.stretch > LEAST_OF_ALL {
                self.begin_bulk();
                continue;
            }
            let end = if self.line_is_base64 {
                bytes.iter().position(|byte| !is_base64(*byte))
            } else {
                memchr::memchr(b'\n', bytes)
            };
            let (uniform, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            if uniform.is_empty() {
                self.take(*byte);
                bytes = bytes.get(1..).unwrap_or_default();
                continue;
            }
            let beginning = (CONTENT_TYPE.len() + 8).saturating_sub(self.line_start.len());
            let beginning = uniform.iter().take(beginning);
            self.line_start
                .extend(beginning.map(u8::to_ascii_lowercase));
            if self.line_is_base64 {
                self.line_length += uniform.len();
                self.add(uniform, uniform.len());
            } else {
                self.line_length += uniform.len();
                self.end_run();
                self.slim.bytes.extend_from_slice(uniform);
            }
            self.offset += uniform.len() as u64;
            self.last = uniform.last().copied().unwrap_or_default();
            bytes = rest;
        }
    }

    fn begin_bulk(&mut self) {
        self.end_run();
        // a header that is so long: what follows it is not known
        self.slim.cut |= !self.in_body;
        self.bulk = Some(Bulk {
            start: self.offset,
            dashes: (self.line_length == 0).then_some(0),
            line_end: b"",
        });
    }

    /// Passes over what is long; gives back what is behind it.
    fn take_bulk<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(bulk) = &mut self.bulk else {
            return bytes;
        };
        let (taken, ends) = match (bulk.dashes, bytes.first()) {
            (Some(1), Some(b'-')) => (1, true),
            (Some(_), Some(b'-')) => {
                bulk.dashes = Some(1);
                (1, false)
            }
            _ => {
                if let Some(at) = memchr::memchr(b'\n', bytes) {
                    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
                    let before = before.copied().unwrap_or(self.last);
                    // what stands before the beginning is told already
                    let is_inside = self.offset + at as u64 > bulk.start;
                    let is_pair = before == b'\r' && is_inside;
                    bulk.line_end = if is_pair { b"\r\n" } else { b"\n" };
                    bulk.dashes = Some(0);
                    (at + 1, false)
                } else {
                    bulk.dashes = None;
                    (bytes.len(), false)
                }
            }
        };
        let (passed, rest) = bytes.split_at(taken);
        self.offset += passed.len() as u64;
        self.last = passed.last().copied().unwrap_or_default();
        if ends {
            self.end_bulk();
        }
        rest
    }

    /// A line that may be a boundary has begun, with two dashes.
    fn end_bulk(&mut self) {
        let Some(bulk) = self.bulk.take() else {
            return;
        };
        let line_end = bulk.line_end.len() as u64;
        let length = (self.offset - 2 - bulk.start).saturating_sub(line_end);
        if length > 0 {
            self.take_out(bulk.start, length);
        }
        self.slim.bytes.extend_from_slice(bulk.line_end);
        self.slim.bytes.extend_from_slice(b"--");
        self.stretch = self.slim.bytes.len();
        self.in_body = false;
        self.is_text = false;
        self.line_start.clear();
        self.line_start.extend_from_slice(b"--");
        self.line_length = 2;
        self.line_is_base64 = false;
    }

    fn take_out(&mut self, start: u64, length: u64) {
        let number = self.slim.runs.len();
        self.slim.runs.push(Run { start, length });
        let token = format!("{}{number:08x}", self.slim.prefix);
        self.slim.bytes.extend_from_slice(token.as_bytes());
    }

    fn take(&mut self, byte: u8) {
        let ends_line = byte == b'\n';
        if self.line_length < CONTENT_TYPE.len() + 8 {
            self.line_start.push(byte.to_ascii_lowercase());
        }
        let is_base64 = is_base64(byte);
        if !ends_line && byte != b'\r' {
            self.line_length += 1;
            self.line_is_base64 &= is_base64;
        }
        // an empty line ends a run as well: what follows it is something else
        let is_line_end = ends_line || (byte == b'\r' && self.last != b'\r');
        self.last = byte;
        let goes_on = is_base64 || (is_line_end && self.line_length > 0);
        if goes_on && self.line_is_base64 {
            self.add(&[byte], usize::from(is_base64));
        } else {
            self.end_run();
            self.slim.bytes.push(byte);
        }
        self.offset += 1;
        if ends_line {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let value = self.line_start.strip_prefix(CONTENT_TYPE);
        if let Some(value) = value {
            self.is_text = value.trim_ascii().starts_with(b"text/");
        }
        if self.line_length == 0 {
            self.in_body = true;
        } else if self.line_start.starts_with(b"--") {
            self.in_body = false;
            self.stretch = self.slim.bytes.len();
        }
        self.line_start.clear();
        self.line_length = 0;
        self.line_is_base64 = true;
    }

    /// Adds bytes of which so many are base64: all of them, or none.
    fn add(&mut self, bytes: &[u8], characters: usize) {
        let least = if self.is_text { LEAST_OF_TEXT } else { LEAST };
        let offset = self.offset;
        let run = self.run.get_or_insert_with(|| Pending {
            start: offset,
            bytes: Vec::new(),
            length: 0,
            characters: 0,
            end: (0, 0),
            taken_out: false,
        });
        run.bytes.extend_from_slice(bytes);
        let (before, length) = (run.characters, run.length);
        run.length += bytes.len() as u64;
        run.characters += characters as u64;
        let whole = run.characters / 4 * 4;
        if characters > 0 && whole > before {
            run.end = (length + (whole - before), whole);
            if run.taken_out {
                run.keep_behind();
            }
        }
        if !run.taken_out && run.bytes.len() >= least && run.end.0 > 0 {
            run.taken_out = true;
            run.keep_behind();
        }
    }

    fn end_run(&mut self) {
        let Some(run) = self.run.take() else {
            return;
        };
        if run.taken_out {
            self.take_out(run.start, run.end.0);
        }
        self.slim.bytes.extend_from_slice(&run.bytes);
    }

    fn finish(mut self) -> Slim {
        self.end_run();
        if let Some(bulk) = self.bulk.take()
            && self.offset > bulk.start
        {
            self.take_out(bulk.start, self.offset - bulk.start);
        }
        self.slim
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONCE: &str = "0123456789abcdefghijklmnop";

    /// The mail again, from what is left and the file.
    fn whole(slim: &Slim, mail: &[u8]) -> Vec<u8> {
        let mut whole = Vec::new();
        for piece in slim.pieces(&slim.bytes) {
            match piece {
                Piece::Bytes(bytes) => whole.extend_from_slice(bytes),
                Piece::Run(run) => {
                    let place = |number: u64| usize::try_from(number).unwrap();
                    let (start, length) = (place(run.start), place(run.length));
                    whole.extend_from_slice(&mail[start..start + length]);
                }
            }
        }
        whole
    }

    #[test]
    fn a_long_attachment_is_taken_out() {
        let lines = format!("{}\r\n", "QUJD".repeat(19)).repeat(1000);
        let mail = format!(
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
             hello\r\n--x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n\
             {lines}QUJ=\r\n--x--\r\n"
        );
        let slim = Slim::read(mail.as_bytes(), NONCE).unwrap();
        assert!(slim.bytes.len() < 400, "{}", slim.bytes.len());
        assert_eq!(slim.runs.len(), 1);
        assert_eq!(slim.runs[0].length, lines.len() as u64 + 4);
        assert_eq!(whole(&slim, mail.as_bytes()), mail.as_bytes());
    }

    #[test]
    fn texts_stay_as_they_are() {
        let lines = format!("{}\r\n", "QUJD".repeat(19)).repeat(1000);
        let mail = format!("Content-Type: text/html\r\n\r\n{lines}");
        let slim = Slim::read(mail.as_bytes(), NONCE).unwrap();
        assert_eq!(slim.bytes, mail.as_bytes());
        assert!(slim.runs.is_empty());
    }

    #[test]
    fn what_is_long_is_taken_out_whatever_it_is() {
        let line = "Umlaute =C3=A4 und Zeilen, die kein base64 sind; und noch mehr.\r\n";
        let lines = line.repeat(200_000);
        let mail = format!(
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
             hello\r\n--x\r\nContent-Type: text/csv\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             {lines}\r\n--x\r\nContent-Type: a/b\r\n\r\n{}\n-\n--x--\r\n",
            "one line ".repeat(1_000_000)
        );
        let slim = Slim::read(mail.as_bytes(), NONCE).unwrap();
        assert!(
            !slim.cut && slim.bytes.len() < 5 * 1024 * 1024,
            "{}",
            slim.bytes.len()
        );
        assert_eq!(slim.runs.len(), 2);
        assert!(whole(&slim, mail.as_bytes()) == mail.as_bytes());
        let text = String::from_utf8_lossy(&slim.bytes).into_owned();
        assert_eq!(text.matches("\n--x").count(), 4);
    }

    #[test]
    fn what_is_long_may_end_anywhere() {
        for more in 0..40 {
            for end in [
                "\r\n---x",
                "\r\n--x",
                "\n--x",
                "\n-",
                "\r\n-\r\n--x\r\n",
                "\r",
                "\r\n",
            ] {
                let long = "a b,".repeat(LEAST_OF_ALL / 4 - 5);
                let mail = format!("{long}{}{end}", "c".repeat(more));
                let mut reading = Reading::new(NONCE);
                for piece in mail.as_bytes().chunks(8191 + more) {
                    reading.take_all(piece);
                }
                let slim = reading.finish();
                assert!(
                    whole(&slim, mail.as_bytes()) == mail.as_bytes(),
                    "{more} {end:?}"
                );
            }
        }
    }

    #[test]
    fn line_ends_without_a_line_need_no_memory() {
        let mail = format!("Content-Type: a/b\r\n\r\nAAAA{}", "\r".repeat(20_000_000));
        let mut reading = Reading::new(NONCE);
        for piece in mail.as_bytes().chunks(BUFFER) {
            reading.take_all(piece);
            let held = reading.run.as_ref().map_or(0, |run| run.bytes.len());
            assert!(held < 100_000 && reading.slim.bytes.len() <= MOST);
        }
        let slim = reading.finish();
        assert!(whole(&slim, mail.as_bytes()) == mail.as_bytes());
    }

    #[test]
    fn a_line_without_end_needs_no_memory() {
        let mail = format!("Content-Type: a/b\r\n\r\n{}", "QUJD".repeat(100_000));
        let slim = Slim::read(mail.as_bytes(), NONCE).unwrap();
        assert!(slim.bytes.len() < 100);
        assert_eq!(whole(&slim, mail.as_bytes()), mail.as_bytes());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
    fn nothing_is_lost_of_what_is_long(parts in proptest::collection::vec(
        prop_oneof![
            Just("\r\n".to_owned()), Just("\n".to_owned()), Just("--x".to_owned()), Just("-".to_owned()),
            Just("\r\n-".to_owned()), Just("\n--y\n".to_owned()), "[ -~]{0,80}",
            Just("not base64, ".repeat(180_000)), Just("nor this;\r\n".repeat(200_000)),
        ], 0..8), pieces in 1..200_000_usize) {
        let mail = parts.concat();
        let mut reading = Reading::new(NONCE);
        for piece in mail.as_bytes().chunks(pieces) {
            reading.take_all(piece);
        }
        let slim = reading.finish();
        prop_assert!(whole(&slim, mail.as_bytes()) == mail.as_bytes());
        prop_assert!(slim.bytes.len() < 2 * LEAST_OF_ALL * (1 + mail.matches("--").count()));
    }

    }

    proptest! {
        #[test]
        fn nothing_is_lost(parts in proptest::collection::vec(
            prop_oneof![
                Just("\r\n".to_owned()), Just("\n".to_owned()), Just("Content-Type: text/plain".to_owned()),
                Just("--x".to_owned()), "[ -~]{0,80}", (0..20_000_usize).prop_map(|n| "QUJDR".repeat(n / 5)),
                (0..9_000_usize).prop_map(|n| "QU\r\nJD".repeat(n / 6)),
            ], 0..12)) {
            let mail = parts.concat();
            let slim = Slim::read(mail.as_bytes(), NONCE).unwrap();
            prop_assert_eq!(whole(&slim, mail.as_bytes()), mail.as_bytes());
        }
    }
}
