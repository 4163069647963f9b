//! Files below a declared folder.
#![expect(clippy::disallowed_methods, reason = "this source is the file system")]

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::{Invalid, Secret, SecretReference, Timestamp};

use tokio::sync::Semaphore;

use crate::{SecretRead, SecretSource, SourceError};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// How long a file may take, such as on a network share that hangs.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How many files of one source are read at once; a share that hangs holds no more threads.
const AT_ONCE: usize = 4;

/// Reads files.
#[derive(Debug)]
pub struct FileSource {
    folder: PathBuf,
    check_mode: bool,
    keep_line_end: bool,
    permits: Arc<Semaphore>,
}

impl FileSource {
    /// A source of the files below this folder.
    ///
    /// # Errors
    /// When the folder is not given by an absolute path.
    pub fn new(folder: PathBuf, check_mode: bool) -> Result<Self, Invalid> {
        if !folder.is_absolute() {
            return Err(Invalid::new(
                "invalid_folder",
                "an absolute path of a folder is expected",
            ));
        }
        Ok(Self {
            folder,
            check_mode,
            keep_line_end: false,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Whether a line end behind a secret is a part of it.
    #[must_use]
    pub fn keep_line_end(self, keep_line_end: bool) -> Self {
        Self {
            keep_line_end,
            ..self
        }
    }
}

#[async_trait]
impl SecretSource for FileSource {
    fn check(&self, reference: &SecretReference) -> Result<(), SourceError> {
        if reference.version.is_some() {
            return Err(SourceError::NoVersions);
        }
        let mut parts = Path::new(&reference.path).components().peekable();
        if parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_))) {
            return Ok(());
        }
        Err(outside(&reference.path))
    }

    async fn read(&self, reference: &SecretReference) -> Result<SecretRead, SourceError> {
        let (folder, path, check_mode) =
            (self.folder.clone(), reference.path.clone(), self.check_mode);
        let permits = Arc::clone(&self.permits);
        let reading = async move {
            let permit = permits.acquire_owned().await;
            // the permit goes with the thread, which may hang for longer than anybody waits
            tokio::task::spawn_blocking(move || {
                let _held = permit;
                read(&folder, &path, check_mode)
            })
            .await
        };
        let unavailable = |detail: &str| SourceError::Unavailable {
            detail: detail.to_owned(),
        };
        match tokio::time::timeout(TIMEOUT, reading).await {
            Ok(Ok(Ok(read))) if !self.keep_line_end => Ok(without_line_end(read)),
            Ok(Ok(read)) => read,
            Ok(Err(_)) => Err(unavailable("reading the file was cut off")),
            Err(_) => Err(unavailable("reading the file took longer than 5 s")),
        }
    }
}

/// Editors and `echo` end the last line of a file, and no one means that by the secret.
fn without_line_end(mut read: SecretRead) -> SecretRead {
    let text = read.value.expose();
    if let Some(line) = text.strip_suffix('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        read.value = Secret::new(line.to_owned());
    }
    read
}

fn read(folder: &Path, path: &str, check_mode: bool) -> Result<SecretRead, SourceError> {
    let denied = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => SourceError::NotFound {
            path: path.to_owned(),
        },
        ErrorKind::PermissionDenied => SourceError::Denied {
            path: path.to_owned(),
        },
        kind => SourceError::Unavailable {
            detail: format!("{path}: {kind}"),
        },
    };
    // links are followed, as mounted secrets are links, but only to places below the folder
    let folder = folder.canonicalize().map_err(|error| denied(&error))?;
    let target = folder
        .join(path)
        .canonicalize()
        .map_err(|error| denied(&error))?;
    if !target.starts_with(&folder) {
        return Err(outside(path));
    }
    // a pipe or a device would hold the reader: it is told apart before it is opened
    if !target.metadata().map_err(|error| denied(&error))?.is_file() {
        return Err(SourceError::Outside {
            path: path.to_owned(),
            expected: "a plain file".to_owned(),
        });
    }
    let file = OpenOptions::new()
        .read(true)
        .open(&target)
        .map_err(|error| denied(&error))?;
    let metadata = file.metadata().map_err(|error| denied(&error))?;
    let mode = metadata.mode() & 0o7777;
    if check_mode && mode & 0o027 != 0 {
        return Err(SourceError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let value = read_text(file, path).map_err(|fault| match fault {
        ReadFault::Io(error) => denied(&error),
        ReadFault::Source(error) => error,
    })?;
    let changed = metadata
        .mtime()
        .saturating_mul(1_000_000)
        .saturating_add(metadata.mtime_nsec() / 1000);
    Ok(SecretRead {
        value,
        version: Some(Timestamp::from_micros(changed).to_string()),
    })
}

enum ReadFault {
    Io(std::io::Error),
    Source(SourceError),
}

fn read_text(file: File, path: &str) -> Result<Secret<String>, ReadFault> {
    // reserved as a whole, so that no half-filled copy is left behind when it grows
    let mut bytes = Vec::with_capacity(usize::try_from(LIMIT).unwrap_or_default() + 1);
    let read = file.take(LIMIT + 1).read_to_end(&mut bytes);
    let bytes = Secret::new(bytes);
    read.map_err(ReadFault::Io)?;
    if bytes.expose().len() as u64 > LIMIT {
        return Err(ReadFault::Source(SourceError::TooLarge {
            path: path.to_owned(),
            limit: LIMIT,
        }));
    }
    match std::str::from_utf8(bytes.expose()) {
        Ok(text) if !text.contains('\0') => Ok(Secret::new(text.to_owned())),
        _ => Err(ReadFault::Source(SourceError::NotText {
            path: path.to_owned(),
        })),
    }
}

fn outside(path: &str) -> SourceError {
    SourceError::Outside {
        path: path.to_owned(),
        expected: "a file below the folder of the source, by its path in that folder".to_owned(),
    }
}
