//! The envelope of a mail that came as parts, because its MIME could not be had.

use std::io;
use std::path::Path;

use grantd_model::listener::Content;

use super::build::{ATTACHMENTS, MOST_FIELDS};
use super::names::safe;
use super::text::{bare_id, clean, unfolded};
use super::{Attachment, Envelope, HeaderField, address};
use crate::delivery::files;
use crate::mailbox::Parts;

/// Fills it and puts the attachments, which are files in `work`, at their places.
pub(super) fn from_parts(
    envelope: &mut Envelope,
    work: &Path,
    parts: &Parts,
    content: &Content,
) -> io::Result<()> {
    envelope.faults.push(format!("no_mime_{}", parts.reason));
    if parts.body_missing {
        envelope.faults.push("no_body".to_owned());
    }
    let from: Vec<_> = parts.from.iter().cloned().collect();
    envelope.from = address::told(&from);
    envelope.to = address::told(&parts.to);
    envelope.cc = address::told(&parts.cc);
    envelope.reply_to = address::told(&parts.reply_to);
    let fields = parts.headers.iter().take(MOST_FIELDS);
    envelope.headers = fields
        .map(|(name, value)| HeaderField {
            name: name.clone(),
            value: unfolded(value),
        })
        .collect();
    let field = |name: &str| {
        let mut fields = parts.headers.iter();
        let found = fields.find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.split_whitespace().map(bare_id).collect::<Vec<_>>())
    };
    envelope.in_reply_to = field("in-reply-to").unwrap_or_default();
    envelope.references = field("references").unwrap_or_default();
    if content.body {
        envelope.text.clone_from(&parts.text);
        envelope.html.clone_from(&parts.html);
        envelope.truncated = parts.truncated;
    }
    for (number, part) in parts.attachments.iter().enumerate() {
        let content_type = part.content_type.clone().unwrap_or_else(|| {
            if part.is_message {
                "message/rfc822".to_owned()
            } else {
                "application/octet-stream".to_owned()
            }
        });
        let mut name = match &part.name {
            Some(name) => safe(name),
            None => format!("attachment-{}", number + 1),
        };
        if part.is_message && !name.to_lowercase().ends_with(".eml") {
            name.push_str(".eml");
        }
        let mut attachment = Attachment {
            name,
            original_name: part.name.as_deref().map(clean),
            content_type: content_type.to_lowercase(),
            content_id: part.content_id.as_deref().map(bare_id),
            inline: part.inline,
            is_message: part.is_message,
            size: part.size,
            sha256: None,
            file: None,
            omitted: part.omitted,
            url: part.url.clone(),
        };
        if let Some(file) = &part.file {
            let folder = work.join(ATTACHMENTS);
            files::make_folder(&folder)?;
            let name = format!("{:02}-{}", number + 1, attachment.name);
            let target = folder.join(&name);
            files::put(&work.join(file), &target)?;
            let (size, sha256) = files::digest(&target)?;
            attachment.size = size;
            attachment.sha256 = Some(sha256);
            attachment.file = Some(format!("{ATTACHMENTS}/{name}"));
        }
        envelope.attachments.push(attachment);
    }
    Ok(())
}
