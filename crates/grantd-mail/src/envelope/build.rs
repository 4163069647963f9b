//! Builds the envelope of a mail from its MIME, or from its parts, and puts its attachments into files.

use std::fs::File;
use std::io;
use std::path::Path;

use grantd_model::Timestamp;
use grantd_model::listener::Content;
use mail_parser::{HeaderName, HeaderValue, Message};

use super::content::{read_text, write_part};
use super::decoders::Encoding;
use super::leaves::{Leaf, Leaves, parser, whole_header};
use super::names::{extension, safe};
use super::parts::from_parts;
use super::slim::Slim;
use super::text::{bare_id, clean, unfolded};
use super::{Address, Attachment, Envelope, FileFacts, HeaderField, ListenerName, VERSION};
use super::{address, automatic, date};
use crate::delivery::files;
use crate::fault::MailFault;
use crate::mailbox::{Fetched, FetchedContent, Summary};
use crate::protocol::ews::cut;

/// The folder of attachments, beside the envelope.
pub(crate) const ATTACHMENTS: &str = "attachments";

/// The most fields of a header that are told.
pub(super) const MOST_FIELDS: usize = 1000;

/// The longest value of a field that is told, in bytes.
const MOST_VALUE: usize = 64 * 1024;

/// The most attachments that become files.
const MOST_ATTACHMENTS: usize = 5000;

/// Where a mail comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// What it is known by.
    pub key: String,
    /// The listener's id.
    pub listener_id: String,
    /// The listener's slug.
    pub listener_slug: String,
    /// The protocol.
    pub protocol: &'static str,
    /// The mailbox.
    pub mailbox: String,
    /// The folder.
    pub folder: String,
    /// Letters and digits that nobody can guess.
    pub nonce: String,
}

/// Builds it. The files of the mail are in `work`; attachments come into a folder below.
///
/// # Errors
/// When files can not be read or written.
pub fn build(
    work: &Path,
    origin: &Origin,
    mail: &Summary,
    fetched: &Fetched,
    content: &Content,
) -> Result<Envelope, MailFault> {
    let mut envelope = blank(origin, mail);
    envelope.entry_id.clone_from(&fetched.entry_id);
    match &fetched.content {
        FetchedContent::Mime { file, .. } => from_mime(&mut envelope, work, origin, file, content),
        FetchedContent::Parts(parts) => from_parts(&mut envelope, work, parts, content),
    }
    .map_err(|error| MailFault::of_disk(&error))?;
    envelope.automatic_reasons =
        automatic::reasons(&envelope.headers, envelope.item_class.as_deref());
    envelope.automatic = !envelope.automatic_reasons.is_empty();
    envelope.bounce = automatic::is_bounce(&envelope.headers, envelope.item_class.as_deref());
    envelope.protection = protection(&envelope);
    Ok(envelope)
}

/// What the server says of it.
fn blank(origin: &Origin, mail: &Summary) -> Envelope {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let id = mail.message_id.as_deref().map(bare_id);
    Envelope {
        version: VERSION,
        key: origin.key.clone(),
        listener: ListenerName {
            id: origin.listener_id.clone(),
            slug: origin.listener_slug.clone(),
        },
        protocol: origin.protocol,
        mailbox: origin.mailbox.clone(),
        folder: origin.folder.clone(),
        item_id: mail.item.clone(),
        entry_id: None,
        item_class: mail.class.clone(),
        message_id: id,
        in_reply_to: Vec::new(),
        references: Vec::new(),
        subject: mail.facts.subject.clone(),
        from: Vec::new(),
        sender: None,
        reply_to: Vec::new(),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        date: time(mail.sent_at),
        received_at: time(mail.received_at),
        size: mail.facts.size,
        importance: mail.facts.importance.name(),
        categories: mail.facts.categories.clone(),
        is_read: mail.is_read,
        headers: Vec::new(),
        text: None,
        html: None,
        truncated: false,
        attachments: Vec::new(),
        mime: None,
        automatic: false,
        automatic_reasons: Vec::new(),
        bounce: false,
        protection: None,
        faults: Vec::new(),
    }
}

fn from_mime(
    envelope: &mut Envelope,
    work: &Path,
    origin: &Origin,
    file: &str,
    content: &Content,
) -> io::Result<()> {
    let place = work.join(file);
    let slim = Slim::read(files::open(&place)?, &origin.nonce)?;
    if slim.cut {
        envelope.faults.push("too_large_to_read_whole".to_owned());
    }
    let mut leaves = Leaves::of(&slim.bytes);
    let header = slim.bytes.get(leaves.header.clone());
    let header = whole_header(header.unwrap_or_default());
    match parser().parse_headers(&header) {
        Some(message) => read_header(envelope, &message),
        None => envelope.faults.push("no_header".to_owned()),
    }
    let mut mime = files::open(&place)?;
    if leaves.is_broken {
        envelope.faults.push("part_without_end".to_owned());
    }
    if leaves.is_cut {
        envelope.faults.push("too_many_attachments".to_owned());
    }
    read_bodies(envelope, &mut leaves, &slim, &mut mime, content)?;
    write_attachments(envelope, &leaves, &slim, &mut mime, (work, content))?;
    drop(mime);
    if slim.cut
        && let Some(last) = envelope.attachments.last_mut()
    {
        // its end is missing
        if let Some(file) = last.file.take() {
            files::remove_file(&work.join(file))?;
        }
        last.sha256 = None;
        last.omitted = Some("unreadable");
    }
    // what could not be read whole is there whole at least as it came
    if content.mime || slim.cut || leaves.is_cut {
        let (size, sha256) = files::digest(&place)?;
        envelope.mime = Some(FileFacts {
            file: file.to_owned(),
            size,
            sha256,
        });
    } else {
        files::remove_file(&place)?;
    }
    Ok(())
}

fn write_attachments(
    envelope: &mut Envelope,
    leaves: &Leaves<'_>,
    slim: &Slim,
    mime: &mut File,
    (work, content): (&Path, &Content),
) -> io::Result<()> {
    let folder = work.join(ATTACHMENTS);
    for (number, leaf) in leaves.all.iter().enumerate() {
        if number >= MOST_ATTACHMENTS {
            envelope.faults.push("too_many_attachments".to_owned());
            break;
        }
        let mut attachment = describe(leaf, number, envelope);
        if leaf.encoding == Encoding::Unknown {
            envelope.faults.push("unknown_encoding".to_owned());
        }
        if !content.attachments || (attachment.inline && !content.inline) {
            attachment.omitted = Some("not_wanted");
        } else {
            if envelope.attachments.iter().all(|it| it.file.is_none()) {
                files::make_folder(&folder)?;
            }
            let name = format!("{:02}-{}", number + 1, attachment.name);
            let target = folder.join(&name);
            if let Some((size, sha256)) =
                write_part(leaf, slim, mime, &target, content.most_attachment_bytes)?
            {
                attachment.size = size;
                attachment.sha256 = Some(sha256);
                attachment.file = Some(format!("{ATTACHMENTS}/{name}"));
            } else {
                files::remove_file(&target)?;
                attachment.omitted = Some("too_large");
            }
        }
        envelope.attachments.push(attachment);
    }
    envelope.faults.dedup();
    Ok(())
}

fn read_header(envelope: &mut Envelope, message: &Message<'_>) {
    let root = message.root_part();
    for header in root.headers.iter().take(MOST_FIELDS) {
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let raw = message
            .raw_message
            .get(place(header.offset_start)..place(header.offset_end))
            .unwrap_or_default();
        let mut value = unfolded(&String::from_utf8_lossy(raw));
        cut(&mut value, MOST_VALUE);
        envelope.headers.push(HeaderField {
            name: header.name.as_str().to_owned(),
            value,
        });
    }
    envelope.from = address::list(first(message, &HeaderName::From).as_address());
    let sender = address::list(first(message, &HeaderName::Sender).as_address());
    envelope.sender = sender.into_iter().next();
    envelope.reply_to = address::list(first(message, &HeaderName::ReplyTo).as_address());
    envelope.to = every(message, HeaderName::To);
    envelope.cc = every(message, HeaderName::Cc);
    envelope.bcc = every(message, HeaderName::Bcc);
    if let Some(subject) = first(message, &HeaderName::Subject).as_text() {
        envelope.subject = clean(subject);
    }
    if let Some(id) = first(message, &HeaderName::MessageId).as_text() {
        envelope.message_id = Some(clean(id));
    }
    envelope.in_reply_to = ids(first(message, &HeaderName::InReplyTo));
    envelope.references = ids(first(message, &HeaderName::References));
    if let Some(date) = first(message, &HeaderName::Date)
        .as_text()
        .and_then(date::read)
    {
        envelope.date = Some(date.to_string());
    }
}

/// The first field of this name: where there are several, it is the one that most readers take.
fn first<'m>(message: &'m Message<'_>, name: &HeaderName<'static>) -> &'m HeaderValue<'m> {
    let found = message
        .root_part()
        .headers
        .iter()
        .find(|it| it.name == *name);
    found.map_or(&HeaderValue::Empty, |it| &it.value)
}

/// Everybody of all fields of this name.
fn every(message: &Message<'_>, name: HeaderName<'static>) -> Vec<Address> {
    let values = message.header_values(name);
    values
        .flat_map(|value| address::list(value.as_address()))
        .collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![clean(id)],
        HeaderValue::TextList(ids) => ids.iter().map(|id| clean(id)).collect(),
        _ => Vec::new(),
    }
}

/// Takes the text and the HTML out of the leaves; what is left are attachments.
fn read_bodies(
    envelope: &mut Envelope,
    leaves: &mut Leaves<'_>,
    slim: &Slim,
    mime: &mut File,
    content: &Content,
) -> io::Result<()> {
    let most = usize::try_from(content.most_body_bytes).unwrap_or(usize::MAX);
    for content_type in ["text/plain", "text/html"] {
        let Some(leaf) = leaves.take_text(content_type) else {
            continue;
        };
        if !content.body {
            continue;
        }
        let (text, is_cut) = read_text(&leaf, slim, mime, most)?;
        envelope.truncated |= is_cut;
        if content_type == "text/plain" {
            envelope.text = Some(text);
        } else {
            envelope.html = Some(text);
        }
    }
    Ok(())
}

fn describe(leaf: &Leaf<'_>, number: usize, envelope: &Envelope) -> Attachment {
    // what can not be decoded is bytes (RFC 2045, section 6.4)
    let content_type = match leaf.encoding {
        Encoding::Unknown => "application/octet-stream",
        _ => &leaf.content_type,
    };
    let inline = is_inline(leaf, envelope);
    let name = if let Some(name) = &leaf.name {
        safe(name)
    } else {
        let subject = leaf.subject.as_deref();
        let stem = subject.map_or_else(|| format!("attachment-{}", number + 1), safe);
        format!("{stem}{}", extension(content_type))
    };
    Attachment {
        name,
        original_name: leaf.name.clone(),
        is_message: leaf.is_message,
        content_type: content_type.to_owned(),
        content_id: leaf.content_id.clone(),
        inline,
        size: 0,
        sha256: None,
        file: None,
        omitted: None,
        url: None,
    }
}

/// Whether it belongs into the HTML: it says so, or the HTML refers to it.
fn is_inline(leaf: &Leaf<'_>, envelope: &Envelope) -> bool {
    let referred = match (&leaf.content_id, &envelope.html) {
        (Some(id), Some(html)) => html.contains(&format!("cid:{id}")),
        _ => false,
    };
    referred || (leaf.says_inline && !leaf.content_type.starts_with("text/"))
}

fn protection(envelope: &Envelope) -> Option<&'static str> {
    let kind = automatic::content_type(&envelope.headers).unwrap_or_default();
    let class = envelope
        .item_class
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    if kind.starts_with("multipart/signed")
        || class == "ipm.note.smime.multipartsigned"
        || kind.contains("smime-type=signed-data")
    {
        Some("signed")
    } else if kind.starts_with("multipart/encrypted")
        || kind.contains("pkcs7-mime")
        || class == "ipm.note.smime"
    {
        Some("encrypted")
    } else {
        None
    }
}
