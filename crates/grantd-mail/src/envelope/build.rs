//! Builds the envelope of a mail from its MIME, or from its parts, and puts its attachments into files.

use std::fs::File;
use std::io;
use std::path::Path;

use grantd_model::Timestamp;
use grantd_model::listener::Content;
use mail_parser::{
    HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};

use super::content::{decode, write_part};
use super::names::{extension, safe};
use super::parts::from_parts;
use super::slim::{Piece, Slim};
use super::text::{bare_id, clean, unfolded};
use super::{Address, Attachment, Envelope, FileFacts, HeaderField, ListenerName, VERSION};
use super::{address, automatic};
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
    if content.mime {
        let (size, sha256) = files::digest(&place)?;
        envelope.mime = Some(FileFacts {
            file: file.to_owned(),
            size,
            sha256,
        });
    }
    let slim = Slim::read(files::open(&place)?, &origin.nonce)?;
    if slim.cut {
        envelope.faults.push("too_large_to_read_whole".to_owned());
    }
    let Some(message) = MessageParser::default().parse(&slim.bytes) else {
        envelope.faults.push("not_mime".to_owned());
        return Ok(());
    };
    let mut mime = files::open(&place)?;
    read_header(envelope, &message);
    read_bodies(envelope, &message, &slim, &mut mime, content)?;
    let folder = work.join(ATTACHMENTS);
    for (number, part) in message.attachments().enumerate() {
        if number >= MOST_ATTACHMENTS {
            envelope.faults.push("too_many_attachments".to_owned());
            break;
        }
        let mut attachment = describe(part, number, envelope);
        if !content.attachments || (attachment.inline && !content.inline) {
            attachment.omitted = Some("not_wanted");
        } else {
            if number == 0 || envelope.attachments.iter().all(|it| it.file.is_none()) {
                files::make_folder(&folder)?;
            }
            let name = format!("{:02}-{}", number + 1, attachment.name);
            let raw = raw_body(part, &slim);
            let most = content.most_attachment_bytes;
            let target = folder.join(&name);
            if let Some((size, sha256)) =
                write_part(raw, part.encoding, &slim, &mut mime, &target, most)?
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
    if !content.mime {
        drop(mime);
        files::remove_file(&place)?;
    }
    Ok(())
}

fn raw_body<'a>(part: &MessagePart<'_>, slim: &'a Slim) -> &'a [u8] {
    let (start, end) = (part.raw_body_offset(), part.raw_end_offset());
    let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let end = place(end).min(slim.bytes.len());
    slim.bytes.get(place(start)..end).unwrap_or_default()
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
    envelope.from = address::list(message.from());
    envelope.sender = address::list(message.sender()).into_iter().next();
    envelope.reply_to = address::list(message.reply_to());
    envelope.to = every(message, HeaderName::To);
    envelope.cc = every(message, HeaderName::Cc);
    envelope.bcc = every(message, HeaderName::Bcc);
    if let Some(subject) = message.subject() {
        envelope.subject = clean(subject);
    }
    if let Some(id) = message.message_id() {
        envelope.message_id = Some(clean(id));
    }
    envelope.in_reply_to = ids(message.in_reply_to());
    envelope.references = ids(message.references());
    if let Some(date) = message.date() {
        envelope.date = Timestamp::from_seconds(date.to_timestamp())
            .to_string()
            .into();
    }
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

fn read_bodies(
    envelope: &mut Envelope,
    message: &Message<'_>,
    slim: &Slim,
    mime: &mut File,
    content: &Content,
) -> io::Result<()> {
    if !content.body {
        return Ok(());
    }
    let most = usize::try_from(content.most_body_bytes).unwrap_or(usize::MAX);
    for part in message.text_bodies() {
        if let PartType::Text(text) = &part.body
            && envelope.text.is_none()
        {
            let mut text = body_text(text, part, slim, mime, most)?;
            envelope.truncated |= cut(&mut text, most);
            envelope.text = Some(text);
        }
    }
    for part in message.html_bodies() {
        if let PartType::Html(html) = &part.body
            && envelope.html.is_none()
        {
            let mut html = body_text(html, part, slim, mime, most)?;
            envelope.truncated |= cut(&mut html, most);
            envelope.html = Some(html);
        }
    }
    Ok(())
}

/// The text of a body; where a run was taken out of it, its beginning from the file.
fn body_text(
    parsed: &str,
    part: &MessagePart<'_>,
    slim: &Slim,
    mime: &mut File,
    most: usize,
) -> io::Result<String> {
    let raw = raw_body(part, slim);
    let pieces = slim.pieces(raw);
    if pieces.iter().all(|piece| matches!(piece, Piece::Bytes(_))) {
        return Ok(parsed.to_owned());
    }
    let mut bytes = Vec::new();
    let limit = most.saturating_add(4);
    decode(raw, part.encoding, slim, mime, |piece| {
        let left = limit.saturating_sub(bytes.len());
        bytes.extend_from_slice(piece.get(..left.min(piece.len())).unwrap_or_default());
        Ok(bytes.len() < limit)
    })?;
    let charset = part.content_type().and_then(|it| it.attribute("charset"));
    let decoder =
        charset.and_then(|it| mail_parser::decoders::charsets::map::charset_decoder(it.as_bytes()));
    Ok(match decoder {
        Some(decoder) => decoder(&bytes),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn describe(part: &MessagePart<'_>, number: usize, envelope: &Envelope) -> Attachment {
    let content_type = match part.content_type() {
        Some(it) => match it.subtype() {
            Some(subtype) => format!("{}/{subtype}", it.ctype()).to_lowercase(),
            None => it.ctype().to_lowercase(),
        },
        None if part.message().is_some() => "message/rfc822".to_owned(),
        None => "application/octet-stream".to_owned(),
    };
    let original = part.attachment_name().map(clean);
    let content_id = part.content_id().map(bare_id);
    let inline = is_inline(part, content_id.as_deref(), envelope);
    let name = if let Some(name) = &original {
        safe(name)
    } else {
        let subject = part.message().and_then(Message::subject);
        let stem = subject.map_or_else(|| format!("attachment-{}", number + 1), safe);
        format!("{stem}{}", extension(&content_type))
    };
    Attachment {
        name,
        original_name: original,
        is_message: part.message().is_some(),
        content_type,
        content_id,
        inline,
        size: 0,
        sha256: None,
        file: None,
        omitted: None,
        url: None,
    }
}

/// Whether it belongs into the HTML: it says so, or the HTML refers to it.
fn is_inline(part: &MessagePart<'_>, id: Option<&str>, envelope: &Envelope) -> bool {
    let disposition = part.content_disposition();
    let referred = match (id, &envelope.html) {
        (Some(id), Some(html)) => html.contains(&format!("cid:{id}")),
        _ => false,
    };
    referred || disposition.is_some_and(|it| it.is_inline() && !part.is_text())
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
