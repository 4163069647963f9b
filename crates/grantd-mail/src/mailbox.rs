//! A mailbox as a listener sees it, whatever the protocol.

use std::path::Path;

use async_trait::async_trait;
use grantd_model::Timestamp;
use grantd_model::listener::{Content, DeleteTo, FolderPath, MailFacts};

use crate::fault::MailFault;

/// One folder of one mailbox.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// What has changed since the cursor, or everything that is there without one; at most so many,
    /// in no order. Its cursor begins where these end.
    async fn changes(&self, cursor: Option<&str>, most: u32) -> Result<Changes, MailFault>;

    /// Describes mails: the answers are in the order of the question, each by itself.
    async fn look(&self, at: Look<'_>) -> Result<Vec<Result<Summary, MailFault>>, MailFault>;

    /// Fetches the content of mails into files, each into a folder of its own. The answers are in the
    /// order of the question, each by itself.
    async fn fetch(
        &self,
        mails: &[Wish<'_>],
        content: &Content,
    ) -> Result<Vec<Result<Fetched, MailFault>>, MailFault>;

    /// Does something with mails; what is done already is no error. The answers are in the order of the
    /// mails, each by itself: what the server knows it by since, where that is another id.
    async fn act(&self, items: &[String], act: &Act) -> Result<Vec<Acted>, MailFault>;
}

/// A mail that is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Which one.
    pub mail: &'a Summary,
    /// The empty folder that its files come into.
    pub into: &'a Path,
}

/// What became of a mail with which something was to be done.
pub type Acted = Result<Option<String>, MailFault>;

/// What has changed in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The mails that came, or are others now.
    pub items: Vec<Change>,
    /// What the server knows the folder by: another one is another folder.
    pub folder: String,
    /// Where the next look begins.
    pub cursor: String,
    /// Whether there is more already.
    pub more: bool,
    /// The time by the server's clock, where it tells.
    pub server_now: Option<Timestamp>,
}

/// A mail that came or was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What the server knows it by, as long as it is not moved.
    pub item: String,
    /// Whether it was there before and is another one now.
    pub updated: bool,
    /// When the server received it.
    pub received_at: Option<Timestamp>,
    /// Whether somebody has read it.
    pub is_read: bool,
    /// What the server knows it by for ever, where there is such a thing.
    pub lasting_id: Option<Vec<u8>>,
    /// Its `Message-ID`, where the server tells it here.
    pub message_id: Option<String>,
}

/// Which mails are described.
#[derive(Debug, Clone, Copy)]
pub enum Look<'a> {
    /// These.
    Items(&'a [String]),
    /// The newest, at most so many.
    Newest(u32),
}

/// A mail without its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// What the server knows it by, as long as it is not moved.
    pub item: String,
    /// What the server knows it by for ever, where there is such a thing.
    pub lasting_id: Option<Vec<u8>>,
    /// Its `Message-ID`, as it stands there.
    pub message_id: Option<String>,
    /// When the server received it.
    pub received_at: Option<Timestamp>,
    /// When it was sent, as it says.
    pub sent_at: Option<Timestamp>,
    /// Whether somebody has read it.
    pub is_read: bool,
    /// What the server calls its kind, such as `IPM.Note`.
    pub class: Option<String>,
    /// What filters look at.
    pub facts: MailFacts,
}

/// A mail as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its content.
    pub content: FetchedContent,
    /// The id by which MAPI programs know it, where it was asked for.
    pub entry_id: Option<String>,
}

/// The content of a mail, in files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchedContent {
    /// As MIME, in this file of the folder.
    Mime {
        /// Its name.
        file: String,
        /// In bytes.
        size: u64,
    },
    /// In parts, because MIME can not be had or is too large.
    Parts(Box<Parts>),
}

/// A mail in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Why it is not there as MIME: `snake_case`.
    pub reason: &'static str,
    /// Its text.
    pub text: Option<String>,
    /// Its HTML.
    pub html: Option<String>,
    /// Whether text or HTML were cut off.
    pub truncated: bool,
    /// Whether text and HTML could not be had.
    pub body_missing: bool,
    /// Its sender, as name and address.
    pub from: Option<(Option<String>, String)>,
    /// To whom.
    pub to: Vec<(Option<String>, String)>,
    /// With copies to whom.
    pub cc: Vec<(Option<String>, String)>,
    /// Where answers go.
    pub reply_to: Vec<(Option<String>, String)>,
    /// Its header, as far as the server tells.
    pub headers: Vec<(String, String)>,
    /// Its attachments.
    pub attachments: Vec<PartAttachment>,
}

/// An attachment of a mail in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartAttachment {
    /// Its name, as it stands there.
    pub name: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its content id.
    pub content_id: Option<String>,
    /// Whether it belongs into the text.
    pub inline: bool,
    /// Whether it is a mail itself.
    pub is_message: bool,
    /// In bytes, as far as the server tells.
    pub size: u64,
    /// The file of the folder that holds it; absent where it was left out.
    pub file: Option<String>,
    /// Why it was left out.
    pub omitted: Option<&'static str>,
    /// Where it is, if it is only linked to.
    pub url: Option<String>,
}

/// What is done with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Mark it as read.
    pub mark_read: bool,
    /// Add this category.
    pub category: Option<String>,
    /// Where it goes.
    pub goes: Goes,
}

/// Where a mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goes {
    /// Stays.
    Nowhere,
    /// Into this folder.
    Into(FolderPath),
    /// Away.
    Away(DeleteTo),
}
