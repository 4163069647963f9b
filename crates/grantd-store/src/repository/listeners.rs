//! Email listeners and what they remember.

use std::collections::BTreeSet;

use async_trait::async_trait;
use grantd_model::mail::SeenMark;
use grantd_model::{
    CredentialId, Listener, ListenerId, ListenerState, MailAction, MailDelivery, MailHour, MailKey,
    MailLetter, PendingMail, Revision, Slug, Timestamp,
};

use crate::{Page, PageRequest, StoreError};

/// Which listeners are wanted, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerQuery {
    /// A part of name, slug or mailbox, without regard to case.
    pub part: Option<String>,
    /// Only those that use this credential.
    pub credential: Option<CredentialId>,
    /// Which part of the list.
    pub page: PageRequest,
}

/// Reads listeners.
#[async_trait]
pub trait ListenerReader: Send {
    /// The one with this id.
    async fn by_id(&mut self, id: ListenerId) -> Result<Option<Listener>, StoreError>;
    /// The one with this slug.
    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Listener>, StoreError>;
    /// A page of those that are wanted.
    async fn page(&mut self, query: &ListenerQuery) -> Result<Page<Listener>, StoreError>;
    /// All of them, in no order.
    async fn all(&mut self) -> Result<Vec<Listener>, StoreError>;
}

/// Changes listeners.
#[async_trait]
pub trait ListenerWriter: ListenerReader {
    /// Adds one; [`StoreError::Taken`] if its name or slug is.
    async fn insert(&mut self, listener: &Listener) -> Result<(), StoreError>;
    /// Replaces the one with this id and the expected revision; [`StoreError::Stale`] if it has
    /// another one or is gone.
    async fn update(&mut self, listener: &Listener, expected: Revision) -> Result<(), StoreError>;
    /// Removes the one with this id and the expected revision with all that it remembers;
    /// [`StoreError::Stale`] otherwise.
    async fn delete(&mut self, id: ListenerId, expected: Revision) -> Result<(), StoreError>;
}

/// Which mails that could not be delivered are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterFilter {
    /// Those that are to be tried by this time, the earliest first.
    DueBy(Timestamp),
    /// Those that were given up, the newest first.
    GivenUp,
    /// All, the newest first.
    All,
}

/// Reads what listeners remember.
#[async_trait]
pub trait MailReader: Send {
    /// How far a listener has come; nothing before its first look.
    async fn state(&mut self, listener: ListenerId) -> Result<Option<ListenerState>, StoreError>;
    /// How far all of them have come.
    async fn states(&mut self) -> Result<Vec<(ListenerId, ListenerState)>, StoreError>;
    /// Those of the marks that are remembered.
    async fn seen(
        &mut self,
        listener: ListenerId,
        marks: &[SeenMark],
    ) -> Result<BTreeSet<SeenMark>, StoreError>;
    /// What is to be done by this time, the earliest first.
    async fn due_actions(
        &mut self,
        listener: ListenerId,
        by: Timestamp,
        most: u32,
    ) -> Result<Vec<MailAction>, StoreError>;
    /// What is still to be delivered of a folder that was read through, in the order of receipt, at most
    /// so many.
    async fn pending(
        &mut self,
        listener: ListenerId,
        newest_first: bool,
        most: u32,
    ) -> Result<Vec<PendingMail>, StoreError>;
    /// Those of the items that are still to be delivered.
    async fn pending_of(
        &mut self,
        listener: ListenerId,
        items: &[String],
    ) -> Result<BTreeSet<String>, StoreError>;
    /// When the next action or letter is due, and how many of each wait.
    async fn waiting(&mut self, listener: ListenerId) -> Result<Waiting, StoreError>;
    /// Listeners that fail or have given mails up, at most so many.
    async fn troubled(&mut self, most: u32) -> Result<Vec<ListenerId>, StoreError>;
    /// A page of what was delivered, newest first.
    async fn deliveries(
        &mut self,
        listener: ListenerId,
        page: &PageRequest,
    ) -> Result<Page<MailDelivery>, StoreError>;
    /// The last delivery of a mail.
    async fn delivery(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<Option<MailDelivery>, StoreError>;
    /// At most so many letters.
    async fn letters(
        &mut self,
        listener: ListenerId,
        filter: LetterFilter,
        most: u32,
    ) -> Result<Vec<MailLetter>, StoreError>;
    /// One letter.
    async fn letter(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<Option<MailLetter>, StoreError>;
    /// What happened by the hour; the earliest hours first.
    async fn hours(
        &mut self,
        listener: ListenerId,
        from: Timestamp,
    ) -> Result<Vec<MailHour>, StoreError>;
}

/// What waits at a listener.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// When the next action or letter is due.
    pub next_at: Option<Timestamp>,
    /// How many actions are still to be done.
    pub actions: u64,
    /// Why one of these was not done when it was last tried.
    pub action_fault: Option<String>,
    /// How many mails are to be tried again.
    pub retrying: u64,
    /// When the oldest mail was received that is written down as still to be delivered, of those that came
    /// since the listener began.
    pub oldest_at: Option<Timestamp>,
    /// How many mails were given up.
    pub given_up: u64,
}

/// Writes what listeners remember.
#[async_trait]
pub trait MailWriter: MailReader {
    /// Replaces how far a listener has come.
    async fn put_state(
        &mut self,
        listener: ListenerId,
        state: &ListenerState,
    ) -> Result<(), StoreError>;
    /// Forgets what a listener passed over and what is pending; what it delivered stays known.
    async fn forget_passed_over(&mut self, listener: ListenerId) -> Result<(), StoreError>;
    /// Remembers marks: of mails that were dealt with, or passed over. What was dealt with stays so.
    async fn see(
        &mut self,
        listener: ListenerId,
        marks: &[SeenMark],
        at: Timestamp,
        passed_over: bool,
    ) -> Result<(), StoreError>;
    /// Adds what is still to be delivered; what is there already stays as it is.
    async fn add_pending(
        &mut self,
        listener: ListenerId,
        mails: &[PendingMail],
    ) -> Result<(), StoreError>;
    /// Takes mails off what is still to be delivered.
    async fn remove_pending(
        &mut self,
        listener: ListenerId,
        items: &[String],
    ) -> Result<(), StoreError>;
    /// Adds what was delivered.
    async fn add_deliveries(&mut self, deliveries: &[MailDelivery]) -> Result<(), StoreError>;
    /// Notes that the server knows a mail that was delivered or given up by another id now.
    async fn moved(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
        item: &str,
    ) -> Result<(), StoreError>;
    /// Adds to what happened within an hour.
    async fn add_to_hour(
        &mut self,
        listener: ListenerId,
        hour: &MailHour,
    ) -> Result<(), StoreError>;
    /// Puts actions on the list, each in place of another one of the same mail.
    async fn put_actions(&mut self, actions: &[MailAction]) -> Result<(), StoreError>;
    /// Takes the actions of mails off the list.
    async fn remove_actions(
        &mut self,
        listener: ListenerId,
        keys: &[MailKey],
    ) -> Result<(), StoreError>;
    /// Puts a letter on the list, in place of another one of the same mail.
    async fn put_letter(&mut self, letter: &MailLetter) -> Result<(), StoreError>;
    /// Takes a letter off the list; tells whether it was there.
    async fn remove_letter(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<bool, StoreError>;
    /// Removes marks, deliveries and hours from before this time, at most so many of each; tells how
    /// many went. What waits stays.
    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
}
