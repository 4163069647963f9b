//! What a listener remembers: where it is, what it delivered, what is still to be done, and what it
//! could not deliver.

use std::fmt;
use std::time::Duration;

use crate::health::Failing;
use crate::{Invalid, ListenerId, Timestamp};

/// Names a mail for ever, whatever folder it is moved to: what a delivery is known by. 32 characters
/// of `0-9 a-v`, made from what the server knows the mail by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailKey(String);

impl MailKey {
    /// Takes a key in.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let plain = |c: u8| c.is_ascii_digit() || (b'a'..=b'v').contains(&c);
        if text.len() == 32 && text.bytes().all(plain) {
            Ok(Self(text))
        } else {
            let detail = "the key of a mail is expected: 32 of 0-9 and a-v";
            Err(Invalid::new("invalid_mail_key", detail))
        }
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A digest of something that a mail is recognised by: its key, or the id that the server gives it
/// in its folder.
pub type SeenMark = [u8; 16];

/// What a listener does with what it finds in its folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ListenerPhase {
    /// It reads through what was there before, most of which is not to be delivered.
    #[default]
    Beginning,
    /// What comes is new.
    Following,
    /// The server has forgotten where it was: it reads everything again, and delivers what it has not
    /// seen before.
    Resyncing,
}

impl ListenerPhase {
    /// The name in the store and in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beginning => "beginning",
            Self::Following => "following",
            Self::Resyncing => "resyncing",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Beginning, Self::Following, Self::Resyncing]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// How far a listener has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListenerState {
    /// The mailbox and the path of the folder, as they were set when it last began.
    pub place: String,
    /// What the server knows the folder by that the cursor is of.
    pub folder: Option<String>,
    /// Which mail was the first, as it was set when it last began.
    pub start: String,
    /// Where the next look begins, as the server wants it told; from the beginning if absent.
    pub cursor: Option<String>,
    /// What it does.
    pub phase: ListenerPhase,
    /// When the listener began, by the clock of the server: mail that was there before is no new mail.
    pub began_at: Option<Timestamp>,
    /// When it last looked, and delivered or wrote down all that was new.
    pub looked_at: Option<Timestamp>,
    /// When it last delivered.
    pub delivered_at: Option<Timestamp>,
    /// How long the last mail waited, from its receipt to its delivery.
    pub lag: Option<Duration>,
    /// Why it delivers nothing since; absent while it works.
    pub failing: Option<Failing>,
    /// When it looks again, where it waits longer than usual.
    pub next_look_at: Option<Timestamp>,
}

/// A mail that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailDelivery {
    /// By whom.
    pub listener: ListenerId,
    /// What it is known by.
    pub key: MailKey,
    /// What the server knew it by then.
    pub item: String,
    /// When.
    pub at: Timestamp,
    /// When the server received it.
    pub received_at: Option<Timestamp>,
    /// Its subject, shortened.
    pub subject: String,
    /// Its sender, shortened.
    pub sender: String,
    /// In bytes.
    pub size: u64,
    /// How many attachments it has.
    pub attachments: u32,
    /// How long fetching and delivering took.
    pub took: Duration,
    /// At which attempt, from 1.
    pub attempt: u32,
}

/// What is to be done with a mail that was delivered, or given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAction {
    /// By whom.
    pub listener: ListenerId,
    /// Of which mail.
    pub key: MailKey,
    /// What the server knows it by.
    pub item: String,
    /// What.
    pub what: ActionAfter,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// Why it did not go.
    pub fault: Option<String>,
}

/// Which of a listener's actions is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActionAfter {
    /// What is done with a mail that was delivered.
    Delivered,
    /// What is done with one that was given up.
    GivenUp,
}

impl ActionAfter {
    /// The name in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Delivered, Self::GivenUp]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// A mail that could not be delivered so far, or is to be delivered again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLetter {
    /// By whom.
    pub listener: ListenerId,
    /// What it is known by.
    pub key: MailKey,
    /// What the server knows it by.
    pub item: String,
    /// Its subject, shortened.
    pub subject: String,
    /// Its sender, shortened.
    pub sender: String,
    /// When the server received it.
    pub received_at: Option<Timestamp>,
    /// When it was first tried.
    pub first_at: Timestamp,
    /// When it was last tried.
    pub last_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; absent where it was given up.
    pub due_at: Option<Timestamp>,
    /// What kind of failure the last one was; `snake_case`.
    pub class: String,
    /// What happened, for people.
    pub detail: String,
    /// Whether it was delivered before, and somebody wants it again.
    pub again: bool,
}

/// A mail that was found while a folder is read through, and is still to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingMail {
    /// What the server knows it by.
    pub item: String,
    /// What the server knows it by for ever, where there is such a thing.
    pub lasting_id: Option<Vec<u8>>,
    /// Its `Message-ID`, where the server told.
    pub message_id: Option<String>,
    /// When the server received it.
    pub received_at: Option<Timestamp>,
}

/// How many mails were delivered and how many failed within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailHour {
    /// Its beginning.
    pub hour: Timestamp,
    /// How many were delivered.
    pub delivered: u64,
    /// How many attempts failed.
    pub failed: u64,
    /// The longest that one of the delivered waited.
    pub most_lag: Duration,
}
