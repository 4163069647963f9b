//! The repositories, one reader and one writer for each kind of thing, and the units of work they
//! come from. SQLite and the in-memory store of the tests pass one contract suite over them.

mod alerts;
mod audit;
mod consumers;
mod listeners;
mod sealed;
mod sources;

use async_trait::async_trait;
use grantd_model::secret_reference::SourceName;
use grantd_model::{
    ApiKey, Credential, CredentialId, Health, HealthRecord, HourCount, KeyId, LabelKey,
    LabelSelector, LabelValue, Name, Revision, Sealed, Session, SessionId, SignInLink, Slug,
    Standing, Timestamp, TokenEvent, UsageCount, UsageHour, User, UserId, Visibility,
};

use crate::{Page, PageRequest, Position, SortValue, StoreError};

pub use alerts::{AlertReader, AlertWriter, ChannelReader, ChannelWriter};
pub use audit::{AuditQuery, AuditReader, AuditRow, AuditWriter, ChainState};
pub use consumers::{ConsumerQuery, ConsumerReader, ConsumerWriter};
pub use listeners::{
    LetterFilter, ListenerQuery, ListenerReader, ListenerWriter, MailReader, MailWriter, Waiting,
};
pub use sealed::{SealedAt, SealedReader, SealedWriter};
pub use sources::{SourceReader, SourceWriter};

/// A place where things are kept.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit that sees one state of the store and changes nothing.
    async fn read(&self) -> Result<Box<dyn ReadUnit>, StoreError>;

    /// Begins a unit that may change things; only one is open at a time. Dropped without
    /// [`WriteUnit::commit`] it changes nothing.
    async fn write(&self) -> Result<Box<dyn WriteUnit>, StoreError>;

    /// Makes a durable write that changes nothing, to see whether writing works.
    async fn probe(&self) -> Result<(), StoreError>;
}

/// The readers over one state of the store.
pub trait ReadUnit: Send {
    /// The installation's one row.
    fn installation(&mut self) -> Box<dyn InstallationReader + '_>;
    /// Credentials.
    fn credentials(&mut self) -> Box<dyn CredentialReader + '_>;
    /// API keys.
    fn keys(&mut self) -> Box<dyn KeyReader + '_>;
    /// The audit log.
    fn audit(&mut self) -> Box<dyn AuditReader + '_>;
    /// The history of tokens.
    fn history(&mut self) -> Box<dyn HistoryReader + '_>;
    /// People who sign in.
    fn users(&mut self) -> Box<dyn UserReader + '_>;
    /// Their sessions.
    fn sessions(&mut self) -> Box<dyn SessionReader + '_>;
    /// Links that let somebody in once.
    fn links(&mut self) -> Box<dyn LinkReader + '_>;
    /// Email listeners.
    fn listeners(&mut self) -> Box<dyn ListenerReader + '_>;
    /// HTTP consumers.
    fn consumers(&mut self) -> Box<dyn ConsumerReader + '_>;
    /// Secret sources that an admin added.
    fn sources(&mut self) -> Box<dyn SourceReader + '_>;
    /// Alert channels.
    fn channels(&mut self) -> Box<dyn ChannelReader + '_>;
    /// What was told, and what is on its way.
    fn alerts(&mut self) -> Box<dyn AlertReader + '_>;
    /// Sealed values wherever they are.
    fn sealed(&mut self) -> Box<dyn SealedReader + '_>;
    /// What they remember.
    fn mail(&mut self) -> Box<dyn MailReader + '_>;
}

/// The writers of one transaction.
#[async_trait]
pub trait WriteUnit: Send {
    /// The installation's one row.
    fn installation(&mut self) -> Box<dyn InstallationWriter + '_>;
    /// Credentials.
    fn credentials(&mut self) -> Box<dyn CredentialWriter + '_>;
    /// API keys.
    fn keys(&mut self) -> Box<dyn KeyWriter + '_>;
    /// The audit log.
    fn audit(&mut self) -> Box<dyn AuditWriter + '_>;
    /// The history of tokens.
    fn history(&mut self) -> Box<dyn HistoryWriter + '_>;
    /// People who sign in.
    fn users(&mut self) -> Box<dyn UserWriter + '_>;
    /// Their sessions.
    fn sessions(&mut self) -> Box<dyn SessionWriter + '_>;
    /// Links that let somebody in once.
    fn links(&mut self) -> Box<dyn LinkWriter + '_>;
    /// Email listeners.
    fn listeners(&mut self) -> Box<dyn ListenerWriter + '_>;
    /// HTTP consumers.
    fn consumers(&mut self) -> Box<dyn ConsumerWriter + '_>;
    /// Secret sources that an admin added.
    fn sources(&mut self) -> Box<dyn SourceWriter + '_>;
    /// Alert channels.
    fn channels(&mut self) -> Box<dyn ChannelWriter + '_>;
    /// What was told, and what is on its way.
    fn alerts(&mut self) -> Box<dyn AlertWriter + '_>;
    /// Sealed values wherever they are.
    fn sealed(&mut self) -> Box<dyn SealedWriter + '_>;
    /// What they remember.
    fn mail(&mut self) -> Box<dyn MailWriter + '_>;
    /// Keeps everything that was changed, durably, or nothing.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Which installation this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Random; part of what every sealed value is bound to.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// A sealed constant that tells whether the keyring is the one of this database.
    pub keyring_check: Sealed,
    /// The key of the audit log's chain; none in a database from before there was one.
    pub audit_key: Option<Sealed>,
}

/// Reads which installation this is.
#[async_trait]
pub trait InstallationReader: Send {
    /// The row, absent before the first start is done.
    async fn get(&mut self) -> Result<Option<Installation>, StoreError>;
}

/// Writes which installation this is.
#[async_trait]
pub trait InstallationWriter: InstallationReader {
    /// Adds the one row.
    async fn insert(&mut self, installation: &Installation) -> Result<(), StoreError>;
    /// Sets the key of the audit log's chain, where there is none.
    async fn set_audit_key(&mut self, key: &Sealed) -> Result<(), StoreError>;
}

/// What a list of credentials is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CredentialSort {
    /// By name without regard to case.
    #[default]
    Name,
    /// By when they were added.
    Created,
    /// By when they were last changed.
    Updated,
    /// By how much they need somebody: those whose secret ends by when that is, others by name.
    Attention,
    /// By when a token was last handed out; those of which none ever was come first.
    LastUsed,
    /// By when the secret ends; those of which that is not known come last.
    SecretEnd,
}

impl CredentialSort {
    /// Where a credential stands in a list that is sorted like this.
    #[must_use]
    pub fn position(self, listed: &ListedCredential, now: Timestamp) -> Position {
        let credential = &listed.credential;
        let name = || folded(credential.settings.name.as_str());
        let value = match self {
            Self::Name => SortValue::Text(name()),
            Self::Created => SortValue::Micros(credential.created.at.as_micros()),
            Self::Updated => SortValue::Micros(credential.updated.at.as_micros()),
            Self::Attention => {
                let standing = listed.standing(now);
                let end = credential.settings.secret_expires_at;
                let end = match (standing, end) {
                    (Standing::SecretEnds, Some(end)) => format!("{:020}", end.as_micros().max(0)),
                    _ => String::new(),
                };
                SortValue::Text(format!("{}{end}{}", standing.rank(), name()))
            }
            Self::LastUsed => {
                let last = listed.last_used_at.map_or(0, Timestamp::as_micros);
                SortValue::Micros(last)
            }
            Self::SecretEnd => {
                let end = credential.settings.secret_expires_at;
                SortValue::Micros(end.map_or(i64::MAX, Timestamp::as_micros))
            }
        };
        Position {
            value,
            id: credential.id.to_string(),
        }
    }
}

/// A credential in a list, with what is known of how it fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCredential {
    /// The credential.
    pub credential: Credential,
    /// What is kept of its health; it may be of an earlier generation.
    pub health: Option<HealthRecord>,
    /// When a token was last handed out, up to ten seconds ago.
    pub last_used_at: Option<Timestamp>,
}

impl ListedCredential {
    /// Where it stands among others.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        Health::of(&self.credential, self.health.as_ref(), now).standing()
    }
}

/// Text as it is compared without regard to case: letter by letter, so that a part of a text is
/// folded as it is within the whole. The Greek small sigma has two forms, which count as one.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == '\u{3c2}' { '\u{3c3}' } else { c })
        .collect()
}

/// Which credentials are wanted, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialQuery {
    /// A part of name, slug or client id, without regard to case.
    pub part: Option<String>,
    /// Only enabled ones, or only disabled ones.
    pub enabled: Option<bool>,
    /// Only those that stand so.
    pub standing: Option<Standing>,
    /// Only those with these labels.
    pub labels: Option<LabelSelector>,
    /// Only those with a secret in this secret source.
    pub source: Option<SourceName>,
    /// The time by which a secret ends soon or not.
    pub now: Timestamp,
    /// Only those that the caller may see.
    pub visibility: Visibility,
    /// The order.
    pub sort: CredentialSort,
    /// The other way round.
    pub descending: bool,
    /// Which part of the list.
    pub page: PageRequest,
}

/// Reads credentials.
#[async_trait]
pub trait CredentialReader: Send {
    /// The one with this id.
    async fn by_id(&mut self, id: CredentialId) -> Result<Option<Credential>, StoreError>;
    /// The one with this slug.
    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Credential>, StoreError>;
    /// A page of those that are wanted.
    async fn page(&mut self, query: &CredentialQuery)
    -> Result<Page<ListedCredential>, StoreError>;
    /// How many of those that the caller may see stand how; those of which there is none are left
    /// out.
    async fn standings(
        &mut self,
        visibility: &Visibility,
        now: Timestamp,
    ) -> Result<Vec<(Standing, u64)>, StoreError>;
    /// The labels that are in use by those that the caller may see, in order, at most so many.
    async fn labels(
        &mut self,
        visibility: &Visibility,
        most: u32,
    ) -> Result<Vec<(LabelKey, LabelValue)>, StoreError>;
    /// The enabled ones whose secret ends from one time on and before another, the soonest first,
    /// at most so many; those that come after one of them, where it is named.
    async fn secret_ends(
        &mut self,
        visibility: &Visibility,
        span: (Timestamp, Timestamp),
        after: Option<(CredentialId, Timestamp)>,
        most: u32,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError>;
    /// The names of those among these that are there and that the caller may see, in no order.
    async fn names(
        &mut self,
        visibility: &Visibility,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, Name)>, StoreError>;
    /// The enabled ones of which, as they are now, no token was requested since this time, and that were not
    /// changed since; those of which that is longest ago first, at most so many.
    async fn idle(&mut self, since: Timestamp, most: u32) -> Result<Vec<CredentialId>, StoreError>;
    /// When a token of these was last handed out; those of which none ever was are left out.
    async fn last_used(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError>;
}

/// Changes credentials.
#[async_trait]
pub trait CredentialWriter: CredentialReader {
    /// Adds one; [`StoreError::Taken`] if its name or slug is.
    async fn insert(&mut self, credential: &Credential) -> Result<(), StoreError>;
    /// Replaces the one with this id and the expected revision; [`StoreError::Stale`] if it has
    /// another one or is gone.
    async fn update(
        &mut self,
        credential: &Credential,
        expected: Revision,
    ) -> Result<(), StoreError>;
    /// Removes the one with this id and the expected revision; [`StoreError::Stale`] otherwise.
    async fn delete(&mut self, id: CredentialId, expected: Revision) -> Result<(), StoreError>;
    /// Notes that the authorization server accepted this version of the secret.
    async fn secret_used(
        &mut self,
        id: CredentialId,
        version: u32,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}

/// Reads API keys.
#[async_trait]
pub trait KeyReader: Send {
    /// The one with this id, revoked or not.
    async fn by_id(&mut self, id: KeyId) -> Result<Option<ApiKey>, StoreError>;
    /// A page of all, newest first.
    async fn page(&mut self, page: &PageRequest) -> Result<Page<ApiKey>, StoreError>;
}

/// Changes API keys.
#[async_trait]
pub trait KeyWriter: KeyReader {
    /// Adds one.
    async fn insert(&mut self, key: &ApiKey) -> Result<(), StoreError>;
    /// Revokes one that is not yet revoked; tells whether there was such a one.
    async fn revoke(&mut self, id: KeyId, at: Timestamp) -> Result<bool, StoreError>;
}

/// Which events are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    /// Of which credential.
    pub credential: CredentialId,
    /// Which part of the list, newest first.
    pub page: PageRequest,
}

/// Which counts of use are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    /// Of which credential.
    pub credential: CredentialId,
    /// From this minute on.
    pub from: Timestamp,
    /// Before this minute.
    pub until: Timestamp,
    /// The most rows.
    pub limit: u32,
}

/// Reads the history of tokens.
#[async_trait]
pub trait HistoryReader: Send {
    /// A page of a credential's events, newest first.
    async fn events(&mut self, query: &EventQuery) -> Result<Page<TokenEvent>, StoreError>;
    /// What is kept of the health of these credentials; those of which nothing is known are left
    /// out.
    async fn health(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, HealthRecord)>, StoreError>;
    /// Counts of use, by minute, actor and result.
    async fn usage(&mut self, query: &UsageQuery) -> Result<Vec<UsageCount>, StoreError>;
    /// Counts of use, by hour, actor and result; the earliest hours first.
    async fn usage_hours(&mut self, query: &UsageQuery) -> Result<Vec<UsageHour>, StoreError>;
    /// What happened by the hour, of all credentials together; the earliest hours first.
    async fn hours(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<HourCount>, StoreError>;
}

/// Writes the history of tokens.
#[async_trait]
pub trait HistoryWriter: HistoryReader {
    /// Adds an event.
    async fn append(&mut self, event: &TokenEvent) -> Result<(), StoreError>;
    /// Replaces what is kept of a credential's health; nothing happens if it is gone.
    async fn put_health(
        &mut self,
        credential: CredentialId,
        record: &HealthRecord,
    ) -> Result<(), StoreError>;
    /// Adds to the counts of use, which go to this time.
    async fn add_usage(&mut self, counts: &[UsageCount], at: Timestamp) -> Result<(), StoreError>;
    /// Removes the oldest events and counts from before this time, at most so many of each; tells
    /// how many went.
    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
}

/// Reads who signs in.
#[async_trait]
pub trait UserReader: Send {
    /// The one with this id.
    async fn by_id(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The one with this name, without regard to case.
    async fn by_name(&mut self, name: &str) -> Result<Option<User>, StoreError>;
    /// A page of all, by name.
    async fn page(&mut self, page: &PageRequest) -> Result<Page<User>, StoreError>;
    /// How many could sign in and administer.
    async fn count_working_admins(&mut self) -> Result<u64, StoreError>;
}

/// Changes who signs in.
#[async_trait]
pub trait UserWriter: UserReader {
    /// Adds one; [`StoreError::Taken`] if the name is.
    async fn insert(&mut self, user: &User) -> Result<(), StoreError>;
    /// Replaces all of one but its id and its creation; tells whether there is such a one.
    async fn update(&mut self, user: &User) -> Result<bool, StoreError>;
    /// Removes one with sessions and links; tells whether there was such a one.
    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError>;
    /// A version that no second factor of this user ever had.
    async fn next_factor_version(&mut self, id: UserId) -> Result<u32, StoreError>;
}

/// Reads sessions.
#[async_trait]
pub trait SessionReader: Send {
    /// The one with this digest, over or not.
    async fn by_digest(&mut self, digest: &[u8; 32]) -> Result<Option<Session>, StoreError>;
    /// Those of a user that are signed in, the one that was used last first; at most 200.
    async fn of_user(&mut self, user: UserId) -> Result<Vec<Session>, StoreError>;
}

/// Changes sessions.
#[async_trait]
pub trait SessionWriter: SessionReader {
    /// Adds one.
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Notes that it was used; never goes back.
    async fn seen(&mut self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;
    /// Removes one of this user; tells whether there was such a one.
    async fn delete(&mut self, user: UserId, id: SessionId) -> Result<bool, StoreError>;
    /// Removes those of a user that wait for the second factor, but for the newest; tells how many
    /// went.
    async fn trim_waiting(&mut self, user: UserId, most: u32) -> Result<u64, StoreError>;
    /// Removes all of a user but one; tells how many went.
    async fn delete_of(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
    ) -> Result<u64, StoreError>;
    /// Removes those that have ended, and those not used since `seen`.
    async fn prune(&mut self, now: Timestamp, seen: Timestamp) -> Result<u64, StoreError>;
}

/// Reads links.
#[async_trait]
pub trait LinkReader: Send {
    /// The one with this digest, over or not.
    async fn by_digest(&mut self, digest: &[u8; 32]) -> Result<Option<SignInLink>, StoreError>;
}

/// Changes links.
#[async_trait]
pub trait LinkWriter: LinkReader {
    /// Adds one.
    async fn insert(&mut self, link: &SignInLink) -> Result<(), StoreError>;
    /// Removes one; tells whether there was such a one.
    async fn delete(&mut self, digest: &[u8; 32]) -> Result<bool, StoreError>;
    /// Removes those of a user, or those of nobody in particular.
    async fn delete_of(&mut self, user: Option<UserId>) -> Result<u64, StoreError>;
    /// Removes those that have ended.
    async fn prune(&mut self, now: Timestamp) -> Result<u64, StoreError>;
}
