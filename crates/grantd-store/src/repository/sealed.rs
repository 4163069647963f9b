//! Sealed values wherever they are, to bring them under another key.

use async_trait::async_trait;
use grantd_model::Sealed;

use crate::StoreError;

/// Where a sealed value is; in the order in which they are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedAt {
    /// The check of the keyring.
    Installation,
    /// The key of the audit log's chain.
    AuditKey,
    /// A secret of a credential, by its version.
    Credential(String, u32),
    /// A parameter or header of a credential, by its place in the list.
    Parameter(String, String, u32),
    /// A header field of a consumer, by its place in the list.
    Field(String, u32),
    /// What grantd signs in to a secret source with.
    Source(String),
    /// The secret of an alert channel.
    Channel(String),
    /// The signing secret that an alert channel had before.
    EarlierOfChannel(String),
    /// The second factor of a user.
    Factor(String),
}

/// Reads sealed values.
#[async_trait]
pub trait SealedReader: Send {
    /// How many values are under which key, by the key's id.
    async fn by_key(&mut self) -> Result<Vec<(String, u64)>, StoreError>;
    /// At most so many values under other keys than this one, behind a place, in the order of the places.
    async fn under_others(
        &mut self,
        key: &str,
        after: Option<&SealedAt>,
        most: u32,
    ) -> Result<Vec<(SealedAt, Sealed)>, StoreError>;
}

/// Replaces sealed values.
#[async_trait]
pub trait SealedWriter: SealedReader {
    /// Replaces a value, if it is still the one from before.
    async fn replace(
        &mut self,
        at: &SealedAt,
        before: &Sealed,
        after: &Sealed,
    ) -> Result<(), StoreError>;
}
