//! A copy of the whole store as it is at one moment.

use std::fmt;
use std::io::Read;

use async_trait::async_trait;

use super::KeyInUse;
use crate::StoreError;
use crate::seal::AuditLink;

/// Makes copies of a whole store.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Copies the store while everything goes on. Copies are made one after the other.
    ///
    /// # Errors
    /// When the store can not be read, or there is no space for the copy.
    async fn snapshot(&self) -> Result<Snapshot, StoreError>;
}

/// A copy of the whole store; nothing is left of it when it is dropped.
pub struct Snapshot {
    /// What it is of.
    pub facts: SnapshotFacts,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// The copy itself; reading it waits for a disk.
    pub content: Box<dyn Read + Send>,
}

/// What a copy is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFacts {
    /// The installation.
    pub installation: String,
    /// The keys that its values are under.
    pub keys: Vec<KeyInUse>,
    /// How far its audit log goes.
    pub audit: AuditLink,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({} bytes)", self.bytes)
    }
}
