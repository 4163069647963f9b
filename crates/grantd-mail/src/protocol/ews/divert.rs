//! Large contents taken out of an answer while it comes, so that they are never held as a whole.
//!
//! The text of elements of chosen names is base64 of a mail or an attachment; it is decoded piece by
//! piece into a sink, and the element is left empty in what is kept for the XML reader. Pure: bytes
//! in, bytes and contents out.

use std::io;

use crate::fault::MailFault;

/// Where contents go, one after the other.
pub(crate) trait Sink {
    /// A content begins, the first one with 0.
    fn begin(&mut self, number: usize) -> io::Result<()>;
    /// A part of it, decoded.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// It has ended.
    fn end(&mut self) -> io::Result<()>;
    /// There may be much to take further.
    fn flush(&mut self) -> impl Future<Output = Result<(), MailFault>> + Send;
}

/// Why an answer can not be taken apart.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DivertFault {
    /// What remains for the XML reader is too large.
    #[error("the answer is larger than {0} bytes beside its contents")]
    TooLarge(usize),
    /// A content is no base64.
    #[error("a content is not base64")]
    NotBase64,
    /// The sink failed.
    #[error(transparent)]
    Sink(#[from] io::Error),
}

/// Takes an answer apart.
pub(crate) struct Divert<'a, S: Sink> {
    names: &'static [&'static str],
    sink: &'a mut S,
    kept: Vec<u8>,
    limit: usize,
    state: State,
    /// The tag that is being read, without its brackets.
    tag: Vec<u8>,
    count: usize,
    decoder: Base64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between tags.
    Text,
    /// Within a tag, and within which quotes.
    Tag(Option<u8>),
    /// Within `<!-- … -->` or `<![CDATA[ … ]]>`, which ends with these bytes.
    Section(&'static [u8]),
    /// Within a content.
    Content,
}

impl<'a, S: Sink> Divert<'a, S> {
    /// Takes the contents of elements of these local names out; keeps at most so many bytes beside.
    pub(crate) fn new(names: &'static [&'static str], limit: usize, sink: &'a mut S) -> Self {
        Self {
            names,
            sink,
            kept: Vec::new(),
            limit,
            state: State::Text,
            tag: Vec::new(),
            count: 0,
            decoder: Base64::default(),
        }
    }

    /// Takes a piece in.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<(), DivertFault> {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Text => self.text(bytes)?,
                State::Tag(quotes) => self.tag(bytes, quotes)?,
                State::Section(end) => self.section(bytes, end)?,
                State::Content => self.content(bytes)?,
            };
        }
        Ok(())
    }

    /// Lets the sink take further what it has.
    pub(crate) async fn flush(&mut self) -> Result<(), MailFault> {
        self.sink.flush().await
    }

    /// What is left for the XML reader.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.kept
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), DivertFault> {
        if self.kept.len() + bytes.len() > self.limit {
            return Err(DivertFault::TooLarge(self.limit));
        }
        self.kept.extend_from_slice(bytes);
        Ok(())
    }

    fn text<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], DivertFault> {
        let at = memchr::memchr(b'<', bytes);
        let (text, rest) = bytes.split_at(at.map_or(bytes.len(), |at| at + 1));
        self.keep(text)?;
        if at.is_some() {
            self.tag.clear();
            self.state = State::Tag(None);
        }
        Ok(rest)
    }

    fn tag<'b>(
        &mut self,
        bytes: &'b [u8],
        mut quotes: Option<u8>,
    ) -> Result<&'b [u8], DivertFault> {
        for (at, byte) in bytes.iter().enumerate() {
            match (quotes, byte) {
                (None, b'>') => {
                    let (tag, rest) = bytes.split_at(at + 1);
                    self.keep(tag)?;
                    self.tag.extend_from_slice(&tag[..at]);
                    self.state = self.after_tag()?;
                    return Ok(rest);
                }
                (None, b'"' | b'\'') => quotes = Some(*byte),
                (Some(open), byte) if open == *byte => quotes = None,
                _ => {}
            }
            let (so_far, rest) = bytes.split_at(at + 1);
            if quotes.is_none() && self.tag.len() + so_far.len() <= 8 {
                let mut begun = self.tag.clone();
                begun.extend_from_slice(so_far);
                let end: Option<&'static [u8]> = match begun.as_slice() {
                    b"!--" => Some(b"-->"),
                    b"![CDATA[" => Some(b"]]>"),
                    _ => None,
                };
                if let Some(end) = end {
                    self.keep(so_far)?;
                    self.tag.clear();
                    self.state = State::Section(end);
                    return Ok(rest);
                }
            }
        }
        self.keep(bytes)?;
        self.tag.extend_from_slice(bytes);
        self.state = State::Tag(quotes);
        Ok(&[])
    }

    fn section<'b>(
        &mut self,
        bytes: &'b [u8],
        end: &'static [u8],
    ) -> Result<&'b [u8], DivertFault> {
        for (at, byte) in bytes.iter().enumerate() {
            self.tag.push(*byte);
            if self.tag.ends_with(end) {
                let (section, rest) = bytes.split_at(at + 1);
                self.keep(section)?;
                self.tag.clear();
                self.state = State::Text;
                return Ok(rest);
            }
            if self.tag.len() > 64 {
                self.tag.drain(..60);
            }
        }
        self.keep(bytes)?;
        Ok(&[])
    }

    fn after_tag(&mut self) -> Result<State, DivertFault> {
        let name = self
            .tag
            .split(|byte| byte.is_ascii_whitespace() || *byte == b'/')
            .next()
            .unwrap_or_default();
        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        let wanted = self.names.iter().any(|name| name.as_bytes() == local);
        if !wanted || self.tag.ends_with(b"/") {
            return Ok(State::Text);
        }
        self.sink.begin(self.count)?;
        self.count += 1;
        self.decoder = Base64::default();
        Ok(State::Content)
    }

    fn content<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], DivertFault> {
        let at = memchr::memchr(b'<', bytes);
        let (content, rest) = bytes.split_at(at.unwrap_or(bytes.len()));
        let sink = &mut *self.sink;
        self.decoder.push(content, |decoded| sink.write(decoded))?;
        if at.is_some() {
            let sink = &mut *self.sink;
            self.decoder.finish(|decoded| sink.write(decoded))?;
            self.sink.end()?;
            self.state = State::Text;
        }
        Ok(rest)
    }
}

/// Base64 that comes in pieces, with white space anywhere.
#[derive(Default)]
pub(crate) struct Base64 {
    /// Up to three characters that wait for the fourth.
    held: Vec<u8>,
    ended: bool,
    /// Room for what is decoded at once.
    decoded: Vec<u8>,
}

/// How many characters are decoded at once.
const AT_ONCE: usize = 32 * 1024;

impl Base64 {
    /// Decodes a piece.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), DivertFault> {
        for mut part in bytes.chunks(AT_ONCE) {
            part = self.push_whole(part, &mut write)?;
            for byte in part {
                self.hold(*byte)?;
            }
            let whole = self.held.len() / 4 * 4;
            if whole > 0 {
                let decoded = data_encoding::BASE64
                    .decode(&self.held[..whole])
                    .map_err(|_| DivertFault::NotBase64)?;
                self.held.drain(..whole);
                write(&decoded)?;
            }
        }
        Ok(())
    }

    fn hold(&mut self, byte: u8) -> Result<(), DivertFault> {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if !self.ended => {
                self.held.push(byte);
            }
            b'=' => self.ended = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => return Err(DivertFault::NotBase64),
        }
        Ok(())
    }

    /// Decodes a part without line ends and padding at once, as most are; gives back what is left.
    fn push_whole<'b>(
        &mut self,
        mut part: &'b [u8],
        write: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<&'b [u8], DivertFault> {
        while !self.held.is_empty() && self.held.len() < 4 {
            let Some((byte, rest)) = part.split_first() else {
                return Ok(part);
            };
            self.hold(*byte)?;
            part = rest;
        }
        // padding is read character by character, and what comes before it is not
        let plain = memchr::memchr(b'=', part).unwrap_or(part.len());
        let (whole, rest) = part.split_at(plain / 4 * 4);
        if self.ended || whole.is_empty() {
            return Ok(part);
        }
        self.decoded.resize(whole.len() / 4 * 3, 0);
        if data_encoding::BASE64
            .decode_mut(whole, &mut self.decoded)
            .is_err()
        {
            return Ok(part);
        }
        if !self.held.is_empty() {
            let held = data_encoding::BASE64
                .decode(&self.held)
                .map_err(|_| DivertFault::NotBase64)?;
            self.held.clear();
            write(&held)?;
        }
        write(&self.decoded)?;
        Ok(rest)
    }

    /// Decodes what is left; padding may be missing.
    pub(crate) fn finish(
        &mut self,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), DivertFault> {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return Ok(());
        }
        let mut lenient = data_encoding::BASE64_NOPAD.specification();
        lenient.check_trailing_bits = false;
        let decoded = lenient
            .encoding()
            .ok()
            .and_then(|encoding| encoding.decode(&held).ok())
            .ok_or(DivertFault::NotBase64)?;
        Ok(write(&decoded)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Collected(Vec<Vec<u8>>, bool);

    impl Sink for Collected {
        fn begin(&mut self, number: usize) -> io::Result<()> {
            assert_eq!(number, self.0.len());
            self.0.push(Vec::new());
            self.1 = true;
            Ok(())
        }

        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.0.last_mut().unwrap().extend_from_slice(bytes);
            Ok(())
        }

        fn end(&mut self) -> io::Result<()> {
            self.1 = false;
            Ok(())
        }

        async fn flush(&mut self) -> Result<(), MailFault> {
            Ok(())
        }
    }

    fn taken_apart(document: &[u8], piece: usize) -> (String, Vec<Vec<u8>>) {
        let mut sink = Collected::default();
        let mut divert = Divert::new(&["MimeContent"], 10_000, &mut sink);
        for part in document.chunks(piece) {
            divert.push(part).unwrap();
        }
        let kept = String::from_utf8(divert.finish()).unwrap();
        assert!(!sink.1);
        (kept, sink.0)
    }

    #[test]
    fn contents_are_taken_out_whatever_the_pieces() {
        let document = b"<?xml version='1.0'?><a x='>'><!-- <t:MimeContent> ' --><b>text</b>\
            <t:MimeContent CharacterSet=\"UTF-8\">aGVs\r\n bG8=</t:MimeContent><t:MimeContent/>\
            <![CDATA[<MimeContent>\"]]><MimeContent>d29ybGQ</MimeContent></a>";
        for piece in 1..document.len() {
            let (kept, contents) = taken_apart(document, piece);
            assert_eq!(
                kept,
                "<?xml version='1.0'?><a x='>'><!-- <t:MimeContent> ' --><b>text</b>\
                 <t:MimeContent CharacterSet=\"UTF-8\"></t:MimeContent><t:MimeContent/>\
                 <![CDATA[<MimeContent>\"]]><MimeContent></MimeContent></a>",
                "{piece}"
            );
            assert_eq!(contents, [b"hello".to_vec(), b"world".to_vec()], "{piece}");
        }
    }

    #[test]
    fn limits_hold_beside_the_contents() {
        let mut sink = Collected::default();
        let mut divert = Divert::new(&["C"], 20, &mut sink);
        divert.push(b"<C>").unwrap();
        divert.push(&b"QUJD".repeat(1000)).unwrap();
        assert!(matches!(
            divert.push(&[b'<'; 100]),
            Err(DivertFault::TooLarge(20))
        ));
        let mut sink = Collected::default();
        let mut divert = Divert::new(&["C"], 20, &mut sink);
        assert!(matches!(divert.push(b"<C>*"), Err(DivertFault::NotBase64)));
    }
}
