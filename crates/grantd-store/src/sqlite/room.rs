//! Whether the disk of the database has room for what is new.
#![expect(
    clippy::disallowed_methods,
    reason = "room on the disk is found by a file"
)]

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// What the log of the database grows by in a few units of work, in bytes.
const ROOM: usize = 64 * 1024;

/// Makes a file beside the database and removes it: the database itself may have room left that it had before.
///
/// # Errors
/// When there is no room, or the system refuses.
pub(super) fn try_room(database: &Path) -> Result<(), StoreError> {
    let path = probe_path(database);
    let written = write(&path);
    let removed = std::fs::remove_file(&path);
    written.and(removed).map_err(|error| fault(&path, &error))
}

/// Removes the file that a process left that was killed.
///
/// # Errors
/// When the system refuses.
pub(super) fn remove_left_over(database: &Path) -> Result<(), StoreError> {
    let path = probe_path(database);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(fault(&path, &error)),
        _ => Ok(()),
    }
}

fn probe_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".probe");
    PathBuf::from(name)
}

fn write(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    // not zeros: a file system may take these for nothing
    file.write_all(&vec![0xa5; ROOM])?;
    file.sync_data()
}

fn fault(path: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        _ => StoreError::Database(format!("{}: {error}", path.display())),
    }
}
