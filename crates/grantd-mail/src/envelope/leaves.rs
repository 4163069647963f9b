//! The leaves of a mail's tree, its texts and its attachments, in their order: one pass over the lines.
//!
//! A boundary counts wherever it stands alone on a line, that of an outer part within an inner one too
//! (RFC 2046, section 5.1.2): where an inner part does not end, what follows it is found all the same.
//! Every byte is in a leaf but headers, boundaries, and what stands before the first part or behind the
//! last one of a multipart.

use std::ops::Range;

use mail_parser::{HeaderName, Message, MessageParser, MimeHeaders};

use super::decoders::Encoding;
use super::text::{bare_id, clean};

/// The most leaves that are looked at.
const MOST: usize = 10_000;

/// The most multiparts within each other; what is deeper stays whole.
const DEEPEST: usize = 100;

/// A part that has no parts.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is said by itself")]
pub(super) struct Leaf<'x> {
    /// Its content as it is in the mail.
    pub(super) raw: &'x [u8],
    pub(super) encoding: Encoding,
    /// Its media type as it says, lowercase.
    pub(super) content_type: String,
    pub(super) charset: Option<String>,
    pub(super) name: Option<String>,
    pub(super) content_id: Option<String>,
    /// Whether it says that it belongs into the text.
    pub(super) says_inline: bool,
    /// Whether it says that it is an attachment.
    pub(super) says_attachment: bool,
    pub(super) is_message: bool,
    /// The subject of an attached mail.
    pub(super) subject: Option<String>,
    /// Whether no other leaf stands before it.
    is_first: bool,
}

/// A mail taken apart.
#[derive(Debug, Default)]
pub(super) struct Leaves<'x> {
    /// Where the header of the mail is.
    pub(super) header: Range<usize>,
    pub(super) all: Vec<Leaf<'x>>,
    /// Whether a multipart does not end.
    pub(super) is_broken: bool,
    /// Whether there are more than are looked at.
    pub(super) is_cut: bool,
}

/// Reads what is asked of a header, and no more: what it can not read must not keep it from the rest.
pub(super) fn parser() -> MessageParser {
    MessageParser::new()
        .with_mime_headers()
        .with_address_headers()
        .with_message_ids()
        .header_text(HeaderName::Subject)
        .header_raw(HeaderName::Date)
}

impl<'x> Leaves<'x> {
    /// The leaves of a mail.
    pub(super) fn of(mail: &'x [u8]) -> Self {
        let mut leaves = Self::default();
        let mut walk = Walk {
            mail,
            parser: parser(),
            open: Vec::new(),
            leaf: None,
        };
        let begin = if mail.starts_with(b"From ") {
            next_line(mail, 0)
        } else {
            0
        };
        leaves.header = walk.header(begin);
        let mut at = walk.begin(leaves.header.clone(), &mut leaves);
        while at < mail.len() && leaves.all.len() < MOST {
            match walk.boundary(at) {
                None => at = next_line(mail, at),
                Some((depth, closes)) => {
                    walk.end_leaf(at, &mut leaves);
                    leaves.is_broken |= walk.open.len() > depth + 1;
                    walk.end_multiparts(depth + 1, at, &mut leaves);
                    at = next_line(mail, at);
                    if closes {
                        walk.end_multiparts(depth, at, &mut leaves);
                    } else if walk.boundary(at).is_none() {
                        let header = walk.header(at);
                        at = walk.begin(header, &mut leaves);
                    }
                }
            }
        }
        leaves.is_cut = at < mail.len();
        leaves.is_broken |= !walk.open.is_empty();
        walk.end_leaf(mail.len(), &mut leaves);
        walk.end_multiparts(0, mail.len(), &mut leaves);
        leaves
    }

    /// Takes out the first text of this media type that is there to be read.
    pub(super) fn take_text(&mut self, content_type: &str) -> Option<Leaf<'x>> {
        let place = self.all.iter().position(|leaf| {
            leaf.content_type == content_type
                && !leaf.says_attachment
                && (leaf.is_first || leaf.name.is_none())
        })?;
        Some(self.all.remove(place))
    }
}

/// A multipart that has not ended.
struct Open<'x> {
    boundary: Vec<u8>,
    /// Whether parts without a type are mails (RFC 2046, section 5.1.5).
    is_digest: bool,
    /// The multipart as a leaf, and where its content begins, as long as no part of it was found.
    whole: Option<(Leaf<'x>, usize)>,
}

struct Walk<'x> {
    mail: &'x [u8],
    parser: MessageParser,
    open: Vec<Open<'x>>,
    /// The leaf that is being read, and where its content begins.
    leaf: Option<(Leaf<'x>, usize)>,
}

impl<'x> Walk<'x> {
    /// The header that begins here; a boundary ends it as well.
    fn header(&self, begin: usize) -> Range<usize> {
        header(self.mail, begin, |at| self.boundary(at).is_some())
    }

    /// Begins a part behind its header; tells where it goes on.
    fn begin(&mut self, header: Range<usize>, leaves: &mut Leaves<'x>) -> usize {
        let end = header.end;
        let rest = self.mail.get(end..).unwrap_or_default();
        let body = if rest.starts_with(b"\n") {
            end + 1
        } else if rest.starts_with(b"\r\n") {
            end + 2
        } else {
            end
        };
        let fields = whole_header(self.mail.get(header).unwrap_or_default());
        let message = self.parser.parse_headers(&fields);
        let message = message.as_ref();
        let kind = message.and_then(MimeHeaders::content_type);
        let multipart = kind
            .filter(|it| it.ctype().eq_ignore_ascii_case("multipart"))
            .filter(|_| self.open.len() < DEEPEST);
        let boundary = multipart.and_then(|it| it.attribute("boundary"));
        let is_digest = self.open.last().is_some_and(|it| it.is_digest);
        let leaf = describe(message, is_digest, leaves.all.is_empty());
        if let Some(boundary) = boundary.filter(|it| !it.is_empty()) {
            self.open.push(Open {
                boundary: boundary.trim_end().as_bytes().to_vec(),
                is_digest: kind.and_then(|it| it.subtype()) == Some("digest"),
                whole: Some((leaf, body)),
            });
        } else {
            self.leaf = Some((leaf, body));
        }
        body
    }

    /// Ends multiparts until so many are left. One in which no part was found is a leaf, as it is.
    fn end_multiparts(&mut self, left: usize, at: usize, leaves: &mut Leaves<'x>) {
        while self.open.len() > left {
            let ended = self.open.pop();
            let whole = ended.and_then(|it| it.whole);
            let is_blank = |from: usize| {
                let content = self.mail.get(from..at).unwrap_or_default();
                content.trim_ascii().is_empty()
            };
            if let Some(whole) = whole.filter(|(_, from)| !is_blank(*from)) {
                self.leaf = Some(whole);
                self.end_leaf(at, leaves);
            }
        }
        // here is a part of the one that is left
        if let Some(open) = self.open.last_mut() {
            open.whole = None;
        }
    }

    /// Ends the leaf that is being read, before what begins here.
    fn end_leaf(&mut self, at: usize, leaves: &mut Leaves<'x>) {
        let Some((mut leaf, from)) = self.leaf.take() else {
            return;
        };
        let raw = self.mail.get(from..at.max(from)).unwrap_or_default();
        // the line end before a boundary belongs to it (RFC 2046, section 5.1.1)
        leaf.raw = if self.open.is_empty() {
            raw
        } else {
            let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
            raw.strip_suffix(b"\r").unwrap_or(raw)
        };
        if leaf.is_message && leaf.encoding == Encoding::Plain {
            let header = header(leaf.raw, 0, |_| false);
            let fields = whole_header(leaf.raw.get(header).unwrap_or_default());
            let inner = self.parser.parse_headers(&fields);
            leaf.subject = inner.and_then(|it| it.subject().map(clean));
        }
        leaves.all.push(leaf);
    }

    /// Whether the line that begins here is a boundary: of which multipart, and whether its last one.
    fn boundary(&self, at: usize) -> Option<(usize, bool)> {
        let rest = self.mail.get(at..)?.strip_prefix(b"--")?;
        self.open.iter().enumerate().rev().find_map(|(depth, it)| {
            let rest = rest.strip_prefix(it.boundary.as_slice())?;
            let (rest, closes) = match rest.strip_prefix(b"--") {
                Some(rest) => (rest, true),
                None => (rest, false),
            };
            // blanks may stand behind it
            let end = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
            matches!(end, None | Some(b'\r' | b'\n')).then_some((depth, closes))
        })
    }
}

/// The header that begins here: up to an empty line, or to what is no field.
fn header(mail: &[u8], begin: usize, ends: impl Fn(usize) -> bool) -> Range<usize> {
    let mut at = begin;
    while at < mail.len() {
        let line = mail.get(at..).unwrap_or_default();
        let is_folded = at > begin && matches!(line.first(), Some(b' ' | b'\t'));
        if !(is_folded || is_field(line)) || ends(at) {
            break;
        }
        at = next_line(mail, at);
    }
    begin..at
}

/// A header as the parser wants it, with the empty line behind it.
pub(super) fn whole_header(header: &[u8]) -> Vec<u8> {
    let mut whole = header.to_vec();
    if !whole.ends_with(b"\n") && !whole.is_empty() {
        whole.extend_from_slice(b"\r\n");
    }
    whole.extend_from_slice(b"\r\n");
    whole
}

/// Whether a line is a field of a header (RFC 5322, section 2.2), with blanks before its colon too.
fn is_field(line: &[u8]) -> bool {
    let name = line
        .iter()
        .position(|byte| !(33..=126).contains(byte) || *byte == b':');
    let Some(name) = name.filter(|length| *length > 0) else {
        return false;
    };
    let rest = line.get(name..).unwrap_or_default();
    rest.trim_ascii_start_of(b" \t").first() == Some(&b':')
}

trait TrimStartOf {
    fn trim_ascii_start_of(&self, bytes: &[u8]) -> &[u8];
}

impl TrimStartOf for [u8] {
    fn trim_ascii_start_of(&self, bytes: &[u8]) -> &[u8] {
        let from = self.iter().position(|byte| !bytes.contains(byte));
        self.get(from.unwrap_or(self.len())..).unwrap_or_default()
    }
}

fn next_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n');
    end.map_or(bytes.len(), |end| at + end + 1)
}

fn describe<'x>(message: Option<&Message<'_>>, is_digest: bool, is_first: bool) -> Leaf<'x> {
    let told = message.and_then(MimeHeaders::content_type);
    let content_type = match told {
        Some(it) => match it.subtype() {
            Some(subtype) => format!("{}/{subtype}", it.ctype()).to_lowercase(),
            // what can not be read is taken as if it were not there (RFC 2045, section 5.2)
            None => "text/plain".to_owned(),
        },
        None if is_digest => "message/rfc822".to_owned(),
        None => "text/plain".to_owned(),
    };
    let disposition = message.and_then(MimeHeaders::content_disposition);
    Leaf {
        raw: &[],
        encoding: Encoding::of(message.and_then(MimeHeaders::content_transfer_encoding)),
        is_message: matches!(content_type.as_str(), "message/rfc822" | "message/global"),
        content_type,
        charset: told
            .and_then(|it| it.attribute("charset"))
            .map(str::to_owned),
        name: message.and_then(MimeHeaders::attachment_name).map(clean),
        content_id: message.and_then(MimeHeaders::content_id).map(bare_id),
        says_inline: disposition.is_some_and(mail_parser::ContentType::is_inline),
        says_attachment: disposition.is_some_and(mail_parser::ContentType::is_attachment),
        subject: None,
        is_first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(mail: &str) -> Vec<(String, String)> {
        let leaves = Leaves::of(mail.as_bytes()).all.into_iter();
        leaves
            .map(|it| {
                let raw = String::from_utf8_lossy(it.raw).into_owned();
                (it.content_type, raw)
            })
            .collect()
    }

    fn pair(kind: &str, raw: &str) -> (String, String) {
        (kind.to_owned(), raw.to_owned())
    }

    #[test]
    fn what_follows_an_inner_part_without_an_end_is_found() {
        let mail = "Content-Type: multipart/mixed; boundary=outer\r\n\r\npreamble\r\n--outer\r\n\
            Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n\
            Content-Type: text/plain\r\n\r\nhello\r\n--outer\r\n\
            Content-Type: application/pdf; name=a.pdf\r\n\r\nPDF\r\n--outer\r\n\
            Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody\r\n--outer--\r\nepilogue\r\n";
        assert_eq!(
            told(mail),
            [
                pair("text/plain", "hello"),
                pair("application/pdf", "PDF"),
                pair("message/rfc822", "Subject: in\r\n\r\nbody"),
            ]
        );
        let leaves = Leaves::of(mail.as_bytes());
        assert!(leaves.is_broken && !leaves.is_cut);
        assert_eq!(leaves.all[2].subject.as_deref(), Some("in"));
    }

    #[test]
    fn a_boundary_stands_alone_on_its_line() {
        let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none --b\n--bx\n--b-\n--b \t\n\n\
            two\n--b--  \nepilogue\n--b\n";
        assert_eq!(
            told(mail),
            [
                pair("text/plain", "one --b\n--bx\n--b-"),
                pair("text/plain", "two")
            ]
        );
    }

    #[test]
    fn where_no_end_comes_the_last_part_is_whole() {
        let mail =
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: y\r\n--b\r\n\r\nlast\r\n";
        assert_eq!(
            told(mail),
            [pair("text/plain", ""), pair("text/plain", "last")]
        );
        assert_eq!(
            told("Subject: x\r\n\r\nbody\r\n"),
            [pair("text/plain", "body\r\n")]
        );
        assert_eq!(
            told("no header at all\n"),
            [pair("text/plain", "no header at all\n")]
        );
        assert_eq!(told(""), [pair("text/plain", "")]);
    }

    #[test]
    fn a_multipart_without_a_part_stays_whole() {
        let mail = "Content-Type: multipart/mixed; boundary=b\n\nnothing\nof it\n";
        assert_eq!(told(mail), [pair("multipart/mixed", "nothing\nof it\n")]);
        let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\none\n--b\n\
            Content-Type: multipart/mixed; boundary=c\n\nwhole\n--b--\n";
        assert_eq!(
            told(mail),
            [pair("text/plain", "one"), pair("multipart/mixed", "whole")]
        );
    }

    #[test]
    fn what_is_no_field_begins_the_body() {
        let mail = "From someone Mon Jan  5\nSubject : x\n folded\nbody without a line before\n";
        let leaves = Leaves::of(mail.as_bytes());
        assert_eq!(&mail[leaves.header.clone()], "Subject : x\n folded\n");
        assert_eq!(leaves.all[0].raw, b"body without a line before\n");
    }

    #[test]
    fn a_type_that_can_not_be_read_is_text_and_a_digest_holds_mails() {
        assert_eq!(
            told("Content-Type: text\n\nhello"),
            [pair("text/plain", "hello")]
        );
        let digest =
            "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n";
        assert_eq!(told(digest), [pair("message/rfc822", "Subject: x\n\ny")]);
    }

    #[test]
    fn multiparts_without_end_within_each_other_end_somewhere() {
        let level = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
        let mail = (0..5000).map(level).collect::<Vec<String>>().concat();
        assert_eq!(Leaves::of(mail.as_bytes()).all.len(), 1);
    }
}
