//! Backups as files: unpacked, and looked into without changing anything.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where backups are unpacked"
)]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use grantd_engine::{AuditCheck, check_log, open_existing};
use grantd_store::backup::{BackupManifest, unpack};
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
    /// How the audit log was found; none without a keyring, and in a backup from before there was a chain.
    pub(crate) audit: Option<AuditCheck>,
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
    if inspected.facts.installation != manifest.installation {
        return Err(refused(
            "it is of another installation than the first line says".to_owned(),
        ));
    }
    let is_opened = keyring.is_some();
    let audit = match keyring {
        None => None,
        Some((place, keyring)) => check_with(database, &place, keyring).await?,
    };
    Ok(Found {
        manifest,
        inspected,
        is_opened,
        audit,
    })
}

async fn check_with(
    database: &Path,
    place: &str,
    keyring: Keyring,
) -> Result<Option<AuditCheck>, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::refused(error.to_string());
    let mut unit = open_copy(database).await.map_err(|error| refused(&error))?;
    let random = std::sync::Arc::new(SystemRandomness);
    let opened = open_existing(unit.as_mut(), place, keyring, random).await;
    let (sealer, audit) = opened.map_err(|error| refused(&error))?;
    let Some(audit) = audit else { return Ok(None) };
    let installation = sealer.installation().to_owned();
    let mut log = unit.audit();
    let check = check_log(log.as_mut(), &audit, installation, None).await;
    check.map(Some).map_err(|error| refused(&error))
}
