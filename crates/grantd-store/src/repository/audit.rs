//! The audit log, which is only ever added to, and its chain.

use async_trait::async_trait;
use grantd_model::{AuditAction, AuditEntry, ObjectId, Timestamp};

use crate::seal::{AuditChain, AuditFields, AuditLink, ChainEnd, Mac};
use crate::{Page, PageRequest, StoreError};

/// Which audit entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only about this thing.
    pub object: Option<ObjectId>,
    /// Only of this kind.
    pub action: Option<AuditAction>,
    /// Only by the key or user with this id.
    pub actor: Option<String>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Without token requests.
    pub without_fetches: bool,
    /// Which part of the list, newest first.
    pub page: PageRequest,
}

/// An entry as it stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, one higher than that of the entry before.
    pub seq: i64,
    /// Its MAC; none if it is from before the chain.
    pub mac: Option<Mac>,
    /// What it says.
    pub fields: AuditFields,
}

/// Where the chain begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainState {
    /// When it began.
    pub begun_at: Timestamp,
    /// What stands before the oldest entry that is kept in it.
    pub anchor: AuditLink,
    /// What confirms that.
    pub anchor_proof: Mac,
    /// The newest entry.
    pub head: AuditLink,
    /// What confirms that.
    pub head_proof: Mac,
}

impl ChainState {
    /// Whether an end is where grantd left it, as far as the chain's key can tell.
    #[must_use]
    pub fn is_confirmed(&self, end: ChainEnd, chain: &AuditChain) -> bool {
        let (link, proof) = match end {
            ChainEnd::Anchor => (&self.anchor, self.anchor_proof),
            ChainEnd::Head => (&self.head, self.head_proof),
        };
        chain.confirm(end, self.begun_at, link) == proof
    }
}

/// Reads the audit log.
#[async_trait]
pub trait AuditReader: Send {
    /// A page of the entries that are wanted, newest first.
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError>;
    /// Where the chain begins and ends; none before it has begun.
    async fn chain(&mut self) -> Result<Option<ChainState>, StoreError>;
    /// The entries behind this number as they are stored, the oldest first, at most so many.
    async fn rows(&mut self, after: i64, most: u32) -> Result<Vec<AuditRow>, StoreError>;
}

/// Writes the audit log.
#[async_trait]
pub trait AuditWriter: AuditReader {
    /// Begins the chain behind what is there, once.
    async fn begin_chain(&mut self, chain: &AuditChain, at: Timestamp) -> Result<(), StoreError>;
    /// Adds an entry at the end of the chain; there is no way to change one. Where what says how far the
    /// chain goes is lost, or is not what was left there, it goes on unconfirmed, which is found when it is
    /// checked.
    async fn append(&mut self, entry: &AuditEntry, chain: &AuditChain) -> Result<(), StoreError>;
    /// Removes the oldest entries as long as they are from before this time and what was written, at most so
    /// many; tells how many went. The chain then begins behind them.
    async fn prune(
        &mut self,
        before: Timestamp,
        most: u32,
        chain: &AuditChain,
    ) -> Result<u64, StoreError>;
}
