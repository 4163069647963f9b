//! Copies of a store that are as small as can be.

use std::io::Cursor;

use async_trait::async_trait;
use grantd_store::backup::{KeyInUse, Snapshot, SnapshotFacts, Snapshots};
use grantd_store::{AuditLink, StoreError};

/// Makes copies with the content `copy`.
#[derive(Debug, Default)]
pub struct SmallCopies;

#[async_trait]
impl Snapshots for SmallCopies {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot {
            facts: SnapshotFacts {
                installation: "installation-1".to_owned(),
                keys: vec![KeyInUse {
                    id: "k1".to_owned(),
                    values: 3,
                }],
                audit: AuditLink::START,
            },
            bytes: 4,
            sha256: "cd".repeat(32),
            content: Box::new(Cursor::new(b"copy".to_vec())),
        })
    }
}
