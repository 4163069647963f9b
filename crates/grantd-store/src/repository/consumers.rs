//! HTTP consumers.

use async_trait::async_trait;
use grantd_model::consumer::HostName;
use grantd_model::{Consumer, ConsumerId, CredentialId, Revision, Slug};

use crate::{Page, PageRequest, StoreError};

/// Which consumers are wanted, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerQuery {
    /// A part of name, slug or base URL, without regard to case.
    pub part: Option<String>,
    /// Only those that use this credential.
    pub credential: Option<CredentialId>,
    /// Which part of the list.
    pub page: PageRequest,
}

/// Reads consumers.
#[async_trait]
pub trait ConsumerReader: Send {
    /// The one with this id.
    async fn by_id(&mut self, id: ConsumerId) -> Result<Option<Consumer>, StoreError>;
    /// The one with this slug.
    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Consumer>, StoreError>;
    /// The id of the one that is reached by this host.
    async fn id_of_host(&mut self, host: &HostName) -> Result<Option<ConsumerId>, StoreError>;
    /// A page of those that are wanted.
    async fn page(&mut self, query: &ConsumerQuery) -> Result<Page<Consumer>, StoreError>;
    /// All of them, in no order.
    async fn all(&mut self) -> Result<Vec<Consumer>, StoreError>;
}

/// Changes consumers.
#[async_trait]
pub trait ConsumerWriter: ConsumerReader {
    /// Adds one; [`StoreError::Taken`] if its name, its slug or one of its hosts is.
    async fn insert(&mut self, consumer: &Consumer) -> Result<(), StoreError>;
    /// Replaces all of the one with this id and the expected revision but its slug and its creation;
    /// [`StoreError::Stale`] if it has another one or is gone.
    async fn update(&mut self, consumer: &Consumer, expected: Revision) -> Result<(), StoreError>;
    /// Removes the one with this id and the expected revision; [`StoreError::Stale`] otherwise.
    async fn delete(&mut self, id: ConsumerId, expected: Revision) -> Result<(), StoreError>;
}
