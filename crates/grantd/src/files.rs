//! Files and folders of the binary: what is private is made for its owner alone.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where the binary touches files"
)]

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use grantd_model::Secret;

/// The largest file that is read, in bytes.
const MOST_BYTES: u64 = 1024 * 1024;

/// Reads a whole text file of at most 1 MiB.
///
/// # Errors
/// When the system refuses, it is larger, or no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    limited(File::open(path)?)
}

/// Reads a whole text file of at most 1 MiB, with its permission bits.
///
/// # Errors
/// When the system refuses, it is larger, or no UTF-8.
pub(crate) fn read_secret(path: &Path) -> io::Result<(Secret<String>, u32)> {
    let file = File::open(path)?;
    let mode = file.metadata()?.mode() & 0o7777;
    Ok((Secret::new(limited(file)?), mode))
}

/// Reads standard input to its end.
///
/// # Errors
/// When the system refuses, it is larger than 1 MiB, or no UTF-8.
pub(crate) fn read_standard_input() -> io::Result<Secret<String>> {
    limited(io::stdin().lock()).map(Secret::new)
}

fn limited(source: impl Read) -> io::Result<String> {
    // reserved for what secrets need, so that no half-filled copy is left behind when it grows
    let mut text = String::with_capacity(64 * 1024);
    source.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            "it is larger than 1 MiB",
        ));
    }
    Ok(text)
}

/// Makes a folder for its owner alone, with those above it; one that stands there is left as it is.
///
/// # Errors
/// When the system refuses.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a folder, with those above it.
///
/// # Errors
/// When the system refuses.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

/// Owner, permission bits, and whether it is a folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The id of the user that owns it.
    pub(crate) owner: u32,
    /// The permission bits.
    pub(crate) mode: u32,
    /// Whether it is a folder.
    pub(crate) is_folder: bool,
}

/// How a file or folder stands, if there is one.
///
/// # Errors
/// When the system refuses.
pub(crate) fn standing(path: &Path) -> io::Result<Option<Standing>> {
    match path.metadata() {
        Ok(metadata) => Ok(Some(Standing {
            owner: metadata.uid(),
            mode: metadata.mode() & 0o7777,
            is_folder: metadata.is_dir(),
        })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A lock that ends with the process or when it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// Takes the lock of a file, which is made if it is absent; tells what the holder wrote into it if
/// another process has it.
///
/// # Errors
/// When the system refuses.
pub(crate) fn lock(path: &Path, note: &str) -> io::Result<Result<Lock, String>> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            file.write_all(note.as_bytes())?;
            Ok(Ok(Lock(file)))
        }
        Err(TryLockError::WouldBlock) => Ok(Err(limited(file).unwrap_or_default())),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Makes a file for its owner alone, if it is absent.
///
/// # Errors
/// When the system refuses.
pub(crate) fn touch_private(path: &Path) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map(drop)
}

/// Writes a file for its owner alone, whole or not at all; one that stands there is replaced.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write_private(path: &Path, content: &str) -> io::Result<()> {
    let fresh = path.with_added_extension("new");
    remove_if_present(&fresh)?;
    create_private(&fresh, content)?;
    std::fs::rename(&fresh, path)?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Writes a file for its owner alone where none stands.
///
/// # Errors
/// When the system refuses, or a file stands there.
pub(crate) fn create_private(path: &Path, content: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

/// Removes a file, if there is one.
///
/// # Errors
/// When the system refuses.
pub(crate) fn remove_if_present(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A folder for its owner alone that is removed with everything in it when this is dropped.
#[cfg(feature = "demo")]
#[derive(Debug)]
pub(crate) struct TemporaryFolder(std::path::PathBuf);

#[cfg(feature = "demo")]
impl TemporaryFolder {
    /// Makes it where nothing stands.
    ///
    /// # Errors
    /// When the system refuses, or something stands there.
    pub(crate) fn create(path: std::path::PathBuf) -> io::Result<Self> {
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

#[cfg(feature = "demo")]
impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a temporary folder stays behind");
        }
    }
}
