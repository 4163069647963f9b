//! Locks of files: one process has it, and others can see that.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where files are locked"
)]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use super::{WITHOUT_WAITING, limited, open_plain, plain_or_absent};

/// How often a lock is tried again that a command may have for a moment, to look whether it is held.
const TRIES: u32 = 10;
/// The time between two of them.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// A lock that ends with the process or when it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// Takes the lock of a file, which is made if it is absent; tells what the holder wrote into it if
/// another process has it.
///
/// # Errors
/// When the system refuses, or it is no plain file.
pub(crate) fn lock(path: &Path, note: &str) -> io::Result<Result<Lock, String>> {
    plain_or_absent(path)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(WITHOUT_WAITING)
        .open(path)?;
    let mut taken = file.try_lock();
    for _ in 0..TRIES {
        if !matches!(taken, Err(TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(BETWEEN_TRIES);
        taken = file.try_lock();
    }
    match taken {
        Ok(()) => {
            file.set_len(0)?;
            file.write_all(note.as_bytes())?;
            Ok(Ok(Lock(file)))
        }
        Err(TryLockError::WouldBlock) => Ok(Err(limited(file).unwrap_or_default())),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a process holds the lock of a file.
///
/// # Errors
/// When the system refuses, or it is no plain file.
pub(crate) fn is_locked(path: &Path) -> io::Result<bool> {
    let file = match open_plain(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
