//! Backups: a copy of the whole database in one file, without the keyring.
//!
//! The file is a line of JSON, the [`BackupManifest`], and behind it the database as it is. The manifest says
//! how long the database is and what its digest is, so that a file that was cut off or altered is told, and
//! which keys of the keyring its values are under. Invariant: no key is in it, no secret is in it in clear.

mod manifest;
mod snapshot;
mod unpack;

pub use manifest::{BackupFault, BackupManifest, KeyInUse, MOST_MANIFEST_BYTES};
pub use snapshot::{Snapshot, SnapshotFacts, Snapshots};
pub use unpack::{UnpackError, unpack};
