//! The email listener: which mailbox is watched with which credential, what becomes of a mail, and
//! what is done with it afterwards.

mod draft;
mod filter;
mod names;

use std::time::Duration;

pub use draft::{
    AfterwardsDraft, ContentDraft, DeliveryDraft, FilterDraft, ListenerDraft, RetriesDraft,
};
pub use filter::{Filter, FilterField, Importance, MailFacts};
pub use names::{FolderPath, MailAddress, MailEndpoint, SpoolName, is_allowed_mailbox};

use crate::{Change, CredentialId, Labels, ListenerId, Name, Revision, Slug, Timestamp};

/// Exchange Online's EWS endpoint; an Entra credential needs no bound host for it.
pub const EXCHANGE_ONLINE: &str = "https://outlook.office365.com/EWS/Exchange.asmx";

/// How a mailbox is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailProtocol {
    /// Exchange Web Services.
    Ews,
}

/// Where the endpoint of a mailbox is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailEndpointChoice {
    /// This one.
    At(MailEndpoint),
    /// The one that Autodiscover on the mailbox's domain names.
    Autodiscover,
}

/// By what the impersonated mailbox is named (`ConnectingSID` of EWS).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ImpersonateBy {
    /// Any of its SMTP addresses.
    #[default]
    SmtpAddress,
    /// Its primary SMTP address.
    PrimarySmtpAddress,
    /// The user principal name of its owner.
    PrincipalName,
}

/// The version of Exchange that is asked for first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExchangeVersion {
    /// Exchange 2010 SP2.
    Exchange2010Sp2,
    /// Exchange 2013.
    Exchange2013,
    /// Exchange 2013 SP1.
    Exchange2013Sp1,
    /// Exchange 2016, 2019, Subscription Edition and Online.
    #[default]
    Exchange2016,
}

/// Which mail is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartFrom {
    /// What comes after the listener was added.
    Now,
    /// What is unread then, and what comes after.
    Unread,
    /// What was received from then on.
    Since(Timestamp),
}

/// In which order the mails of a batch are delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum MailOrder {
    /// As they were received.
    #[default]
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// What is delivered of a mail, sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Content {
    /// The text and the HTML in the envelope.
    pub body: bool,
    /// The attachments as files.
    pub attachments: bool,
    /// Inline pictures and the like among the attachments.
    pub inline: bool,
    /// The mail as it is, as MIME.
    pub mime: bool,
    /// The id by which MAPI programs know it; it takes a request more.
    pub entry_id: bool,
    /// The largest text or HTML; what is beyond is cut off.
    pub most_body_bytes: u64,
    /// The largest attachment; a larger one is named but not delivered.
    pub most_attachment_bytes: u64,
    /// The largest mail that is fetched as MIME; of a larger one the parts are fetched.
    pub most_mime_bytes: u64,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            body: true,
            attachments: true,
            inline: true,
            mime: true,
            entry_id: false,
            most_body_bytes: 1024 * 1024,
            most_attachment_bytes: 160 * 1024 * 1024,
            most_mime_bytes: 256 * 1024 * 1024,
        }
    }
}

/// How the files of a mail are laid out in a spool folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SpoolLayout {
    /// `KEY.eml`, `KEY.json` and `KEY.attachments/`; the `.json` comes last.
    #[default]
    Files,
    /// A maildir: `tmp`, `new` and `cur`, the mail as MIME alone.
    Maildir,
}

/// Where mails are delivered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliverySettings {
    /// A folder that the configuration declares.
    Spool {
        /// Which one.
        spool: SpoolName,
        /// How files are laid out in it.
        layout: SpoolLayout,
    },
}

/// How a delivered mail is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DeleteTo {
    /// Into the folder of deleted items.
    #[default]
    DeletedItems,
    /// Where an administrator can still recover it.
    Recoverable,
    /// For ever.
    Nowhere,
}

/// Where a delivered mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Stays where it is.
    Leave,
    /// Into this folder.
    Move(FolderPath),
    /// Away.
    Delete(DeleteTo),
}

/// What is done with a mail once it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Afterwards {
    /// Mark it as read; its sender gets no receipt.
    pub mark_read: bool,
    /// Add this category.
    pub category: Option<String>,
    /// Where it goes.
    pub then: Then,
}

impl Afterwards {
    /// Whether there is anything to do.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        !self.mark_read && self.category.is_none() && self.then == Then::Leave
    }
}

/// What is done about a mail that can not be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries {
    /// How often it is tried in all, 1 to 100.
    pub attempts: u32,
    /// The folder that it is moved to when it is given up.
    pub folder: Option<FolderPath>,
}

/// Everything of a listener that people set.
#[derive(Debug, Clone, PartialEq)]
pub struct ListenerSettings {
    /// What people call it; unique among listeners without regard to case.
    pub name: Name,
    /// What it is for.
    pub description: String,
    /// What it is sorted and granted by.
    pub labels: Labels,
    /// Whose tokens open the mailbox.
    pub credential: CredentialId,
    /// How the mailbox is reached.
    pub protocol: MailProtocol,
    /// Where.
    pub endpoint: MailEndpointChoice,
    /// PEM certificates of the only authorities trusted for the endpoint.
    pub ca_bundle: Option<String>,
    /// By what the mailbox is named.
    pub impersonate_by: ImpersonateBy,
    /// The version of Exchange that is asked for first.
    pub version: ExchangeVersion,
    /// The mailbox.
    pub mailbox: MailAddress,
    /// The folder in it.
    pub folder: FolderPath,
    /// Which mail is the first.
    pub start: StartFrom,
    /// How long after the end of one look the next one begins: 1 s to a day.
    pub interval: Duration,
    /// What a mail must be like; all of them.
    pub filters: Vec<Filter>,
    /// In which order.
    pub order: MailOrder,
    /// How many are fetched at once: 1 to 100.
    pub batch: u32,
    /// What is delivered.
    pub content: Content,
    /// Where to.
    pub delivery: DeliverySettings,
    /// What is done then.
    pub afterwards: Afterwards,
    /// What is done where that fails.
    pub retries: Retries,
}

/// A listener as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    /// Its id, for ever.
    pub id: ListenerId,
    /// Its short name, for ever.
    pub slug: Slug,
    /// Counts updates.
    pub revision: Revision,
    /// What people set.
    pub settings: ListenerSettings,
    /// Whether somebody has stopped it for a while.
    pub paused: bool,
    /// When and by whom it was added.
    pub created: Change,
    /// When and by whom it was last changed.
    pub updated: Change,
}
