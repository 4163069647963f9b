//! Backups as files: unpacked, and looked into without changing anything.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where backups are unpacked"
)]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use grantd_engine::{Against, AuditCheck, AuditCheckpoint, AuditLink, check_log, open_existing};
use grantd_store::backup::{BackupManifest, SnapshotFacts, unpack};
use grantd_store::{Inspected, Keyring, inspect, open_copy};

use crate::failure::Failure;
use crate::system::SystemRandomness;

/// Unpacks the database of a backup into a file for its owner alone, where none stands, so that it is on the
/// disk. `-` is standard input.
///
/// # Errors
/// When it is no backup, was cut off or altered; when the system refuses.
pub(crate) fn unpack_to(backup: &Path, database: &Path) -> Result<BackupManifest, Failure> {
    let shown = backup.display();
    let source: Box<dyn BufRead> = if backup == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(backup);
        let file = file.map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
        Box::new(BufReader::new(file))
    };
    let target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(database);
    let refused =
        |error: std::io::Error| Failure::refused(format!("{}: {error}", database.display()));
    let target = target.map_err(refused)?;
    let unpacked = unpack(source, &target);
    let manifest = unpacked.map_err(|error| Failure::refused(format!("{shown}: {error}")))?;
    target.sync_all().map_err(refused)?;
    Ok(manifest)
}

/// What was found in a backup.
pub(crate) struct Found {
    pub(crate) manifest: BackupManifest,
    pub(crate) inspected: Inspected,
    /// Whether a keyring opened it.
    pub(crate) is_opened: bool,
    /// How the audit log was found.
    pub(crate) audit: AuditFound,
}

/// How the audit log in a backup was found.
pub(crate) enum AuditFound {
    /// It was not looked at: that takes the keyring.
    Unopened,
    /// It is from before there was a chain.
    Unchained,
    /// It has a chain, and somebody took away the key that it is checked with.
    KeyGone,
    /// It was checked.
    Checked(AuditCheck),
}

/// Looks into the database of a backup, and opens it with a keyring if there is one.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) async fn look_into(
    manifest: BackupManifest,
    database: &Path,
    keyring: Option<(String, Keyring)>,
) -> Result<Found, Failure> {
    let refused = |detail: String| Failure::refused(format!("the database in it: {detail}"));
    let inspected = inspect(database).await;
    let inspected = inspected.map_err(|error| refused(error.to_string()))?;
    if let Some(damage) = inspected.damage.first() {
        return Err(refused(format!("it is damaged: {damage}")));
    }
    if let Some(what) = differs(&manifest, &inspected.facts) {
        return Err(refused(format!("{what} than the first line says")));
    }
    let is_opened = keyring.is_some();
    let audit = match keyring {
        None => AuditFound::Unopened,
        Some((place, keyring)) => check_with(database, &manifest, &place, keyring).await?,
    };
    Ok(Found {
        manifest,
        inspected,
        is_opened,
        audit,
    })
}

/// What the first line says and is not so.
fn differs(manifest: &BackupManifest, facts: &SnapshotFacts) -> Option<&'static str> {
    let end = (facts.audit.seq, facts.audit.mac.to_string());
    if facts.installation != manifest.installation {
        Some("it is of another installation")
    } else if facts.keys != manifest.keys {
        Some("its values are under other keys")
    } else if end != (manifest.audit_seq, manifest.audit_mac.clone()) {
        Some("the audit log in it ends elsewhere")
    } else {
        None
    }
}

async fn check_with(
    database: &Path,
    manifest: &BackupManifest,
    place: &str,
    keyring: Keyring,
) -> Result<AuditFound, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::refused(error.to_string());
    let mut unit = open_copy(database).await.map_err(|error| refused(&error))?;
    let random = std::sync::Arc::new(SystemRandomness);
    let opened = open_existing(unit.as_mut(), place, keyring, random).await;
    let existing = opened.map_err(|error| refused(&error))?;
    let audit = match existing.audit {
        Some(audit) => audit,
        None if existing.is_chained => return Ok(AuditFound::KeyGone),
        None => return Ok(AuditFound::Unchained),
    };
    let installation = existing.sealer.installation().to_owned();
    let against = checkpoint(manifest).map(|checkpoint| Against {
        checkpoint,
        kept_since: None,
    });
    let mut log = unit.audit();
    let check = check_log(log.as_mut(), &audit, installation, against).await;
    check
        .map(AuditFound::Checked)
        .map_err(|error| refused(&error))
}

/// The checkpoint that a first line holds; none if that is not one.
fn checkpoint(manifest: &BackupManifest) -> Option<AuditCheckpoint> {
    Some(AuditCheckpoint {
        installation: manifest.installation.clone(),
        link: AuditLink {
            seq: manifest.audit_seq,
            mac: manifest.audit_mac.parse().ok()?,
        },
        at: None,
        begun_at: None,
    })
}
