//! The envelope: what a mail is, in one document for every protocol and every delivery. Its schema is
//! `docs/schemas/mail-envelope-v1.json`.
//!
//! Invariant: whatever a mail holds, there is an envelope for it; what can not be read is named in
//! `faults`, and names of files are safe on every system.

mod address;
mod automatic;
mod build;
mod content;
mod date;
mod decoders;
mod leaves;
pub mod names;
mod parts;
pub mod slim;
mod text;

use serde::Serialize;

pub use build::{Origin, build};

/// The version of the schema.
pub const VERSION: u32 = 1;

/// A mail as it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Envelope {
    /// The version of this schema.
    pub version: u32,
    /// What the mail is known by, for ever: the idempotency key of its deliveries.
    pub key: String,
    /// Which listener delivers it.
    pub listener: ListenerName,
    /// How it came: `ews`.
    pub protocol: &'static str,
    /// The mailbox that it was in.
    pub mailbox: String,
    /// The folder that it was in.
    pub folder: String,
    /// What the server knew it by then.
    pub item_id: String,
    /// The id by which MAPI programs know it, where it was asked for.
    pub entry_id: Option<String>,
    /// What the server calls its kind.
    pub item_class: Option<String>,
    /// Its `Message-ID`, without brackets.
    pub message_id: Option<String>,
    /// The `Message-ID`s that it answers.
    pub in_reply_to: Vec<String>,
    /// The `Message-ID`s of its thread.
    pub references: Vec<String>,
    /// Its subject; empty if it has none.
    pub subject: String,
    /// Its authors.
    pub from: Vec<Address>,
    /// Who sent it for them.
    pub sender: Option<Address>,
    /// Where answers go.
    pub reply_to: Vec<Address>,
    /// To whom.
    pub to: Vec<Address>,
    /// With copies to whom.
    pub cc: Vec<Address>,
    /// With hidden copies to whom, as far as the mail says.
    pub bcc: Vec<Address>,
    /// When it was sent, as it says (RFC 3339, UTC).
    pub date: Option<String>,
    /// When the server received it (RFC 3339, UTC).
    pub received_at: Option<String>,
    /// Its size at the server, in bytes.
    pub size: u64,
    /// `low`, `normal` or `high`.
    pub importance: &'static str,
    /// Its categories at the server.
    pub categories: Vec<String>,
    /// Whether somebody had read it.
    pub is_read: bool,
    /// Its header, field by field, as it stands there.
    pub headers: Vec<HeaderField>,
    /// Its text, if it has one of its own.
    pub text: Option<String>,
    /// Its HTML.
    pub html: Option<String>,
    /// Whether text or HTML were cut off.
    pub truncated: bool,
    /// Its attachments, inline ones included.
    pub attachments: Vec<Attachment>,
    /// The mail as it is.
    pub mime: Option<FileFacts>,
    /// Whether a program sent it by itself: an absence note, a list, a report.
    pub automatic: bool,
    /// Why that is thought so: `auto_submitted`, `precedence`, `suppress`, `empty_return_path`,
    /// `report`, `item_class`.
    pub automatic_reasons: Vec<&'static str>,
    /// Whether it reports that a mail was not delivered.
    pub bounce: bool,
    /// `signed` or `encrypted` where it is S/MIME or PGP/MIME.
    pub protection: Option<&'static str>,
    /// What could not be had or read: `snake_case`.
    pub faults: Vec<String>,
}

impl Envelope {
    /// Whether everything that was wanted of the mail is there, so that nothing is lost with the mail.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        const MISSING: [&str; 3] = ["too_large_to_read_whole", "too_many_attachments", "no_body"];
        let is_missing = |fault: &String| MISSING.contains(&fault.as_str());
        let is_there = self.mime.is_some();
        let unreadable = |it: &Attachment| it.omitted == Some("unreadable");
        is_there || !(self.faults.iter().any(is_missing) || self.attachments.iter().any(unreadable))
    }
}

/// A listener in an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListenerName {
    /// Its id.
    pub id: String,
    /// Its slug.
    pub slug: String,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The name.
    pub name: Option<String>,
    /// The address; absent where there is a name alone.
    pub address: Option<String>,
}

/// A field of a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeaderField {
    /// Its name.
    pub name: String,
    /// Its value, unfolded.
    pub value: String,
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// A name that is safe as the name of a file.
    pub name: String,
    /// Its name as it stands in the mail.
    pub original_name: Option<String>,
    /// Its media type.
    pub content_type: String,
    /// Its content id, without brackets.
    pub content_id: Option<String>,
    /// Whether it belongs into the HTML.
    pub inline: bool,
    /// Whether it is a mail itself.
    pub is_message: bool,
    /// In bytes; what the server says where it was left out.
    pub size: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: Option<String>,
    /// Where it is, relative to the envelope.
    pub file: Option<String>,
    /// Why it was left out: `not_wanted`, `too_large`, `reference`, `unreadable`.
    pub omitted: Option<&'static str>,
    /// Where it is, if it is only linked to.
    pub url: Option<String>,
}

/// A file beside an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Where it is, relative to the envelope.
    pub file: String,
    /// In bytes.
    pub size: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}
