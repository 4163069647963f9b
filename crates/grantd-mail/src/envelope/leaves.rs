//! The leaves of a mail's tree: its texts and its attachments, in their order.
//!
//! The boundaries of outer parts count within inner ones (RFC 2046, section 5.1.2): where an inner part
//! does not end, what follows it is found all the same.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::decoders::Encoding;
use super::text::{bare_id, clean};

/// The most leaves that are looked at.
const MOST: usize = 10_000;

/// What a leaf is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Text that is read.
    Text,
    /// HTML that is read.
    Html,
    /// Text that may be read, where there is no other: its part is broken or badly labelled.
    MayBeText,
    /// HTML that may be read, where there is no other.
    MayBeHtml,
    /// Something beside it.
    Attachment,
}

/// A part that has no parts.
#[derive(Debug, Clone)]
pub(super) struct Leaf<'x> {
    /// Its content as it is in the mail.
    pub(super) raw: &'x [u8],
    pub(super) encoding: Encoding,
    /// Its media type, lowercase.
    pub(super) content_type: String,
    pub(super) charset: Option<String>,
    pub(super) name: Option<String>,
    pub(super) content_id: Option<String>,
    /// Whether it says that it belongs into the text.
    pub(super) says_inline: bool,
    /// The subject of an attached mail.
    pub(super) is_message: bool,
    pub(super) subject: Option<String>,
    pub(super) role: Role,
}

/// All leaves of a mail.
#[derive(Debug, Default)]
pub(super) struct Leaves<'x> {
    pub(super) all: Vec<Leaf<'x>>,
    /// Whether an inner part did not end.
    pub(super) is_broken: bool,
    /// Whether there are more than are looked at.
    pub(super) is_cut: bool,
}

/// Reads what is asked of a header, and no more: what is unknown to it must not keep it from the rest.
pub(super) fn parser() -> MessageParser {
    MessageParser::new()
        .with_mime_headers()
        .with_address_headers()
        .with_message_ids()
        .header_text(mail_parser::HeaderName::Subject)
        .header_raw(mail_parser::HeaderName::Date)
}

impl<'x> Leaves<'x> {
    /// The leaves of a mail that was read from these bytes.
    pub(super) fn of(message: &Message<'x>, bytes: &'x [u8]) -> Self {
        let mut leaves = Self::default();
        leaves.walk(message, bytes, 0, &mut Vec::new());
        leaves
    }

    fn walk(
        &mut self,
        message: &Message<'x>,
        bytes: &'x [u8],
        id: usize,
        boundaries: &mut Vec<Vec<u8>>,
    ) {
        if self.all.len() >= MOST {
            self.is_cut = true;
            return;
        }
        let Some(part) = message.parts.get(id) else {
            return;
        };
        let PartType::Multipart(children) = &part.body else {
            return self.leaf(message, part, id, bytes, boundaries);
        };
        let boundary = part.content_type().and_then(|it| it.attribute("boundary"));
        let depth = boundaries.len();
        boundaries.extend(boundary.map(|it| it.as_bytes().to_vec()));
        for child in children {
            self.walk(
                message,
                bytes,
                usize::try_from(*child).unwrap_or(usize::MAX),
                boundaries,
            );
        }
        boundaries.truncate(depth);
    }

    fn leaf(
        &mut self,
        message: &Message<'x>,
        part: &MessagePart<'x>,
        id: usize,
        bytes: &'x [u8],
        boundaries: &[Vec<u8>],
    ) {
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let end = place(part.raw_end_offset()).min(bytes.len());
        let whole = bytes
            .get(place(part.raw_body_offset())..end)
            .unwrap_or_default();
        let (raw, rest) = match first_boundary(whole, boundaries) {
            Some(at) => {
                self.is_broken = true;
                let (raw, rest) = whole.split_at(at);
                (without_line_end(raw), Some(rest))
            }
            None => (whole, None),
        };
        self.all.push(describe(message, part, id, raw));
        if let Some(rest) = rest {
            self.resume(rest, boundaries);
        }
    }

    /// What follows a part that did not end: it begins with a boundary of one of those around it.
    fn resume(&mut self, rest: &'x [u8], boundaries: &[Vec<u8>]) {
        let mut open = boundaries.len();
        // where the part begins that is being read, and how many parts are around it
        let mut begun: Option<usize> = None;
        let mut at = 0;
        while at <= rest.len() {
            let line = rest.get(at..).unwrap_or_default();
            let found = (0..open).rev().find_map(|depth| {
                let boundary = boundaries.get(depth)?;
                Some((depth, closes(line, boundary)?))
            });
            if let Some((depth, closes)) = found {
                if let Some(from) = begun.take() {
                    let segment = rest.get(from..at).unwrap_or_default();
                    self.segment(
                        without_line_end(segment),
                        boundaries.get(..open).unwrap_or_default(),
                    );
                }
                open = if closes { depth } else { depth + 1 };
                begun = (!closes).then(|| next_line(rest, at));
            }
            if at >= rest.len() || self.all.len() >= MOST {
                break;
            }
            at = next_line(rest, at);
        }
        if let Some(from) = begun {
            let segment = rest.get(from..).unwrap_or_default();
            self.segment(segment, boundaries.get(..open).unwrap_or_default());
        }
    }

    fn segment(&mut self, segment: &'x [u8], around: &[Vec<u8>]) {
        if segment.is_empty() {
            return;
        }
        if let Some(message) = parser().parse(segment) {
            self.walk(&message, segment, 0, &mut around.to_vec());
        }
    }
}

/// Where the first line begins that is one of the boundaries.
fn first_boundary(bytes: &[u8], boundaries: &[Vec<u8>]) -> Option<usize> {
    if boundaries.is_empty() {
        return None;
    }
    let mut at = 0;
    loop {
        let line = bytes.get(at..)?;
        if line.starts_with(b"--") && boundaries.iter().any(|it| closes(line, it).is_some()) {
            return Some(at);
        }
        at = next_line(bytes, at);
        if at >= bytes.len() {
            return None;
        }
    }
}

/// Whether a line is this boundary, and if it is, whether it is the last one.
fn closes(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    let (rest, closes) = match rest.strip_prefix(b"--") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    // blanks may stand behind it
    let end = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    matches!(end, None | Some(b'\r' | b'\n')).then_some(closes)
}

fn next_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n');
    end.map_or(bytes.len(), |end| at + end + 1)
}

/// The line end before a boundary belongs to the boundary (RFC 2046, section 5.1.1).
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn describe<'x>(
    message: &Message<'x>,
    part: &MessagePart<'x>,
    id: usize,
    raw: &'x [u8],
) -> Leaf<'x> {
    let told = part.content_type();
    let attached = part.message();
    let encoding = Encoding::of(part.content_transfer_encoding());
    let content_type = match (told, attached) {
        _ if encoding == Encoding::Unknown => "application/octet-stream".to_owned(),
        (Some(it), _) => match it.subtype() {
            Some(subtype) => format!("{}/{subtype}", it.ctype()).to_lowercase(),
            // what can not be read is taken as if it were not there (RFC 2045, section 5.2)
            None => "text/plain".to_owned(),
        },
        (None, Some(_)) => "message/rfc822".to_owned(),
        (None, None) => "text/plain".to_owned(),
    };
    let name = part.attachment_name().map(clean);
    let disposition = part.content_disposition();
    let is_attachment = disposition.is_some_and(|it| !it.is_inline()) || name.is_some();
    let listed = |list: &[u32]| list.iter().any(|it| usize::try_from(*it) == Ok(id));
    let role = match &part.body {
        PartType::Text(_) if listed(&message.text_body) => Role::Text,
        PartType::Html(_) if listed(&message.html_body) => Role::Html,
        _ if attached.is_some() || is_attachment => Role::Attachment,
        _ if content_type == "text/plain" => Role::MayBeText,
        _ if content_type == "text/html" => Role::MayBeHtml,
        _ => Role::Attachment,
    };
    Leaf {
        raw,
        encoding,
        content_type,
        charset: told
            .and_then(|it| it.attribute("charset"))
            .map(str::to_owned),
        name,
        content_id: part.content_id().map(bare_id),
        says_inline: disposition.is_some_and(mail_parser::ContentType::is_inline),
        is_message: attached.is_some(),
        subject: attached.and_then(Message::subject).map(clean),
        role,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(mail: &str) -> Vec<(Role, String, String)> {
        let message = parser().parse(mail.as_bytes()).unwrap();
        let leaves = Leaves::of(&message, mail.as_bytes());
        let leaves = leaves.all.into_iter();
        leaves
            .map(|it| {
                let raw = String::from_utf8_lossy(it.raw).into_owned();
                (it.role, it.content_type, raw)
            })
            .collect()
    }

    #[test]
    fn what_follows_an_inner_part_without_an_end_is_found() {
        let mail = "Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\
            Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n\
            Content-Type: text/plain\r\n\r\nhello\r\n--outer\r\n\
            Content-Type: application/pdf; name=a.pdf\r\n\r\nPDF\r\n--outer\r\n\
            Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody\r\n--outer--\r\nepilogue\r\n";
        let told = told(mail);
        let short: Vec<(&str, &str)> = told
            .iter()
            .map(|(_, kind, raw)| (kind.as_str(), raw.as_str()))
            .collect();
        assert_eq!(
            short,
            [
                ("text/plain", "hello"),
                ("application/pdf", "PDF"),
                ("message/rfc822", "Subject: in\r\n\r\nbody"),
            ]
        );
        assert_eq!(told[0].0, Role::Text);
    }

    #[test]
    fn a_line_that_only_begins_like_a_boundary_is_none() {
        let mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
            Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\none\r\n--bb--\r\n--b--\r\n";
        assert_eq!(told(mail).len(), 1);
        assert_eq!(closes(b"--b \t\r\nx", b"b"), Some(false));
        assert_eq!(closes(b"--b--", b"b"), Some(true));
        assert_eq!(closes(b"--bx", b"b"), None);
        assert_eq!(closes(b"--b-", b"b"), None);
    }

    #[test]
    fn a_type_that_can_not_be_read_is_text() {
        let told = told("Content-Type: text\r\n\r\nhello\r\n");
        assert_eq!(told[0].1, "text/plain");
        assert_eq!(told[0].0, Role::MayBeText);
    }
}
