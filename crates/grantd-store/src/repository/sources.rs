//! Secret sources that an admin added.

use async_trait::async_trait;
use grantd_model::secret_reference::SourceName;
use grantd_model::{Revision, Source, SourceId};

use crate::StoreError;

/// Reads secret sources.
#[async_trait]
pub trait SourceReader: Send {
    /// The one with this name.
    async fn by_name(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError>;
    /// All of them, by name.
    async fn all(&mut self) -> Result<Vec<Source>, StoreError>;
}

/// Changes secret sources.
#[async_trait]
pub trait SourceWriter: SourceReader {
    /// Adds one; [`StoreError::Taken`] if its name is.
    async fn insert(&mut self, source: &Source) -> Result<(), StoreError>;
    /// Replaces the one with this id and the expected revision; [`StoreError::Stale`] if it has
    /// another one or is gone.
    async fn update(&mut self, source: &Source, expected: Revision) -> Result<(), StoreError>;
    /// Removes the one with this id and the expected revision; [`StoreError::Stale`] otherwise.
    async fn delete(&mut self, id: SourceId, expected: Revision) -> Result<(), StoreError>;
}
