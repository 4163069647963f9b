//! XML as Exchange writes it: a small tree of a response, and escaped text for a request.
//!
//! Invariant: no document type is read and no entity but the five of XML, depth and size are bounded,
//! and characters that XML forbids become U+FFFD instead of an error.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// How much white space between elements is read over.
const MOST_BETWEEN: usize = 256;

/// The longest name of a reference.
const MOST_NAME: usize = 12;

/// The deepest nesting that is read.
const MOST_DEPTH: usize = 64;

/// The most elements of a document.
const MOST_ELEMENTS: usize = 400_000;

/// An element, by its local name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

/// Why a document is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    /// It is no XML.
    #[error("it is not well-formed XML: {0}")]
    Malformed(String),
    /// It has a document type.
    #[error("it has a document type, which SOAP forbids")]
    DocumentType,
    /// It is nested too deeply or has too many elements.
    #[error("it is nested too deeply or has too many elements")]
    TooMuch,
}

impl Element {
    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The element below, name by name.
    pub(crate) fn below(&self, path: &[&str]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |element, name| element.child(name))
    }

    /// The text of the first child of this name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// An attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first element of this name, at any depth.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }
}

/// Reads a document.
///
/// # Errors
/// When it is no XML, or too much of it.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element, XmlFault> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    let malformed = |error: &dyn ToString| XmlFault::Malformed(error.to_string());
    // the first half of a pair of surrogates that is written as two references
    let mut high: Option<u32> = None;
    loop {
        let event = reader.read_event().map_err(|error| malformed(&error))?;
        if !matches!(event, Event::GeneralRef(_))
            && let (Some(_), Some(element)) = (high.take(), open.last_mut())
        {
            element.text.push(char::REPLACEMENT_CHARACTER);
        }
        match event {
            Event::Start(tag) => {
                let element = element(&tag)?;
                count += 1 + element.attributes.len();
                if open.len() >= MOST_DEPTH || count > MOST_ELEMENTS {
                    return Err(XmlFault::TooMuch);
                }
                open.push(element);
            }
            Event::Empty(tag) => {
                let element = element(&tag)?;
                count += 1 + element.attributes.len();
                if count > MOST_ELEMENTS {
                    return Err(XmlFault::TooMuch);
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::End(_) => {
                let element = open
                    .pop()
                    .ok_or_else(|| malformed(&"an end without a beginning"))?;
                match open.last_mut() {
                    Some(parent) => {
                        // white space between elements is no text
                        let is_short = parent.text.len() <= MOST_BETWEEN;
                        if !element.children.is_empty() && is_short && parent.text.trim().is_empty()
                        {
                            parent.text.clear();
                        }
                        parent.children.push(element);
                    }
                    None => return Ok(element),
                }
            }
            Event::Text(text) => push(&mut open, &text),
            Event::CData(text) => push(&mut open, &text),
            Event::GeneralRef(reference) => {
                if let Some(element) = open.last_mut() {
                    refer(&mut element.text, &reference, &mut high);
                }
            }
            Event::DocType(_) => return Err(XmlFault::DocumentType),
            Event::Eof => return Err(malformed(&"it ends before its last element does")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

fn element(tag: &BytesStart<'_>) -> Result<Element, XmlFault> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| XmlFault::Malformed(error.to_string()))?;
        let value = unescape(&attribute.value);
        let name: &str = attribute.key.local_name().into_inner();
        attributes.push((name.to_owned(), value));
    }
    Ok(Element {
        name: tag.local_name().into_inner().to_owned(),
        attributes,
        ..Element::default()
    })
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(&legal(text));
    }
}

/// The same text without characters that XML forbids.
pub(crate) fn legal(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_legal) {
        return Cow::Borrowed(text);
    }
    let mend = |c: char| {
        if is_legal(c) {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    Cow::Owned(text.chars().map(mend).collect())
}

/// Whether XML 1.0 allows the character (section 2.2).
const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Adds what a reference stands for. Exchange refers to characters that XML forbids, and writes
/// characters beyond the first plane as two surrogates.
fn refer(text: &mut String, reference: &BytesRef<'_>, high: &mut Option<u32>) {
    let name: &str = reference;
    let code = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        },
        None => entity(name).map(u32::from),
    };
    let code = code.unwrap_or(u32::from(char::REPLACEMENT_CHARACTER));
    if let Some(first) = high.take() {
        if (0xdc00..=0xdfff).contains(&code) {
            let whole = 0x1_0000 + ((first - 0xd800) << 10) + (code - 0xdc00);
            text.push(char::from_u32(whole).unwrap_or(char::REPLACEMENT_CHARACTER));
            return;
        }
        text.push(char::REPLACEMENT_CHARACTER);
    }
    if (0xd800..=0xdbff).contains(&code) {
        *high = Some(code);
        return;
    }
    let legal = char::from_u32(code).filter(|c| is_legal(*c));
    text.push(legal.unwrap_or(char::REPLACEMENT_CHARACTER));
}

const fn entity(name: &str) -> Option<char> {
    match name.as_bytes() {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"apos" => Some('\''),
        b"quot" => Some('"'),
        _ => None,
    }
}

/// The value of an attribute, with its references resolved.
fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    let mut high = None;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(&legal(before));
        // no name is long, so that many of `&` are not looked through again and again
        let end = after.bytes().take(MOST_NAME).position(|byte| byte == b';');
        if let Some((name, behind)) = end.and_then(|at| after.split_at_checked(at)) {
            refer(&mut text, &BytesRef::new(name), &mut high);
            rest = behind.strip_prefix(';').unwrap_or(behind);
        } else {
            rest = after;
            text.push('&');
        }
    }
    text.push_str(&legal(rest));
    text
}

/// Text for a request: escaped, and without characters that XML forbids, which Exchange would
/// refuse.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| is_legal(c) && !matches!(c, '<' | '>' | '&' | '"' | '\'');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c if is_legal(c) => escaped.push(c),
            _ => escaped.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What takes a moment each takes a moment in all.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "what takes time is what is tested"
    )]
    fn what_repeats_itself_takes_no_time() {
        let children = "<b><c/></b>".repeat(40_000);
        let blanks = format!("<a>x{}{children}</a>", " ".repeat(200_000));
        let references = format!("<a b=\"{}\"/>", "&amp".repeat(100_000));
        let begun = std::time::Instant::now();
        assert_eq!(parse(blanks.as_bytes()).unwrap().children.len(), 40_000);
        let _ = parse(references.as_bytes());
        let took = begun.elapsed();
        assert!(took < std::time::Duration::from_secs(5), "{took:?}");
        let attributes = format!("<a>{}</a>", "<b c=\"\" d=\"\" e=\"\"/>".repeat(120_000));
        assert!(matches!(
            parse(attributes.as_bytes()),
            Err(XmlFault::TooMuch)
        ));
    }

    #[test]
    fn a_tree_by_local_names() {
        let document = "\u{feff}<?xml version=\"1.0\"?><s:a xmlns:s='urn:x' n='1 &lt; 2'>\n  \
            <t:b><![CDATA[<c>]]> &amp; more</t:b>\n  <t:b x='2'/>\n</s:a>";
        let root = parse(document.as_bytes()).unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.attribute("n"), Some("1 < 2"));
        assert_eq!(root.text_of("b"), Some("<c> & more"));
        assert_eq!(root.children[1].attribute("x"), Some("2"));
        assert_eq!(root.find("b").unwrap().text, "<c> & more");
    }

    #[test]
    fn characters_that_xml_forbids_survive_as_a_sign() {
        let text = |inner: &str| {
            let document = format!("<a>{inner}</a>");
            parse(document.as_bytes()).unwrap().text
        };
        assert_eq!(text("a&#x0;b"), "a\u{fffd}b");
        assert_eq!(text("a\u{1}b"), "a\u{fffd}b");
        assert_eq!(text("&#xD83D;&#xDE00;!"), "\u{1f600}!");
        assert_eq!(text("&#xD83D;x"), "\u{fffd}x");
        assert_eq!(text("&#xD83D;&#65;"), "\u{fffd}A");
        assert_eq!(text("&#xDE00;"), "\u{fffd}");
        assert_eq!(text("&nbsp;"), "\u{fffd}");
        assert_eq!(text("&#99999999999;"), "\u{fffd}");
        assert_eq!(parse(b"<a>\xff</a>").unwrap().text, "\u{fffd}");
    }

    #[test]
    fn what_soap_forbids_is_refused() {
        assert_eq!(
            parse(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"),
            Err(XmlFault::DocumentType)
        );
        let deep = "<a>".repeat(100);
        assert_eq!(parse(deep.as_bytes()), Err(XmlFault::TooMuch));
        for bad in ["", "<a>", "<a></b>", "text", "<a", "<a b=c/>"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_sent_is_legal() {
        assert_eq!(
            escape("a<b>&\"c\"'\u{0}"),
            "a&lt;b&gt;&amp;&quot;c&quot;&apos;\u{fffd}"
        );
        assert!(matches!(escape("plain é"), Cow::Borrowed(_)));
    }
}
