//! The repositories, one reader and one writer for each kind of thing, and the units of work they
//! come from. SQLite and the in-memory store of the tests pass one contract suite over them.

use async_trait::async_trait;
use grantd_model::{
    ApiKey, AuditAction, AuditEntry, Credential, CredentialId, HealthRecord, KeyId, LabelSelector,
    ObjectId, Revision, Sealed, Slug, Timestamp, TokenEvent, UsageCount, Visibility,
};

use crate::{Page, PageRequest, Position, SortValue, StoreError};

/// A place where things are kept.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit that sees one state of the store and changes nothing.
    async fn read(&self) -> Result<Box<dyn ReadUnit>, StoreError>;

    /// Begins a unit that may change things; only one is open at a time. Dropped without
    /// [`WriteUnit::commit`] it changes nothing.
    async fn write(&self) -> Result<Box<dyn WriteUnit>, StoreError>;
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
}

impl CredentialSort {
    /// Where a credential stands in a list that is sorted like this.
    #[must_use]
    pub fn position(self, credential: &Credential) -> Position {
        let value = match self {
            Self::Name => SortValue::Text(folded(credential.settings.name.as_str())),
            Self::Created => SortValue::Micros(credential.created.at.as_micros()),
            Self::Updated => SortValue::Micros(credential.updated.at.as_micros()),
        };
        Position {
            value,
            id: credential.id.to_string(),
        }
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
    /// Only those with these labels.
    pub labels: Option<LabelSelector>,
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
    async fn page(&mut self, query: &CredentialQuery) -> Result<Page<Credential>, StoreError>;
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

/// Which audit entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only about this thing.
    pub object: Option<ObjectId>,
    /// Only of this kind.
    pub action: Option<AuditAction>,
    /// Which part of the list, newest first.
    pub page: PageRequest,
}

/// Reads the audit log.
#[async_trait]
pub trait AuditReader: Send {
    /// A page of the entries that are wanted, newest first.
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError>;
}

/// Writes the audit log.
#[async_trait]
pub trait AuditWriter: AuditReader {
    /// Adds an entry; there is no way to change or remove one.
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
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
    /// Adds to the counts of use.
    async fn add_usage(&mut self, counts: &[UsageCount]) -> Result<(), StoreError>;
    /// Removes the oldest events and counts from before this time, at most so many of each; tells
    /// how many went.
    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
}
