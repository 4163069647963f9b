//! Files below a declared folder.
#![expect(clippy::disallowed_methods, reason = "this source is the file system")]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::{Invalid, Secret, SecretReference, Timestamp};

use tokio::sync::Semaphore;

use crate::{Browsed, LIMIT, SecretRead, SecretSource, SourceError};

/// How long a file may take, such as on a network share that hangs.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The most entries of a folder that are listed.
const MOST_LISTED: usize = 2000;

/// How many files of one source are read at once; a share that hangs holds no more threads.
const AT_ONCE: usize = 4;

/// Reads files.
#[derive(Debug)]
pub struct FileSource {
    folder: PathBuf,
    check_mode: bool,
    keep_line_end: bool,
    permits: Arc<Semaphore>,
    /// What threads read, and whether they hang there: no other one is given to it then.
    hanging: Arc<Mutex<HashMap<String, bool>>>,
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
            hanging: Arc::default(),
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
        let (path, check_mode) = (reference.path.clone(), self.check_mode);
        let done = self.on_a_thread(&reference.path, move |folder| {
            read(folder, &path, check_mode)
        });
        let read = done.await?;
        Ok(if self.keep_line_end {
            read
        } else {
            read.without_line_end()
        })
    }

    async fn browse(&self, below: &str) -> Result<Vec<Browsed>, SourceError> {
        let (below, at) = (below.to_owned(), format!("{below}/"));
        self.on_a_thread(&at, move |folder| browse(folder, &below))
            .await
    }
}

impl FileSource {
    /// Does what may take long on a thread of its own, for as long as anybody waits.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        at: &str,
        work: impl FnOnce(&Path) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let folder = self.folder.clone();
        let permits = Arc::clone(&self.permits);
        let no_answer = || SourceError::Unreachable {
            class: "no_answer",
            detail: "reading the file takes longer than 5 s".to_owned(),
            remedy: "Check the file system that the file is on.".to_owned(),
        };
        if locked(&self.hanging).get(at) == Some(&true) {
            return Err(no_answer());
        }
        let (hanging, this) = (Arc::clone(&self.hanging), at.to_owned());
        let working = async move {
            let permit = permits.acquire_owned().await;
            // the permit goes with the thread, which may hang for longer than anybody waits
            tokio::task::spawn_blocking(move || {
                let _held = permit;
                locked(&hanging).insert(this.clone(), false);
                let done = work(&folder);
                locked(&hanging).remove(&this);
                done
            })
            .await
        };
        let unavailable = |detail: &str| SourceError::Unavailable {
            detail: detail.to_owned(),
        };
        match tokio::time::timeout(TIMEOUT, working).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(unavailable("reading the file was cut off")),
            Err(_) => {
                // there until the thread ends, if it ever does
                if let Some(hangs) = locked(&self.hanging).get_mut(at) {
                    *hangs = true;
                }
                Err(no_answer())
            }
        }
    }
}

fn locked(hanging: &Mutex<HashMap<String, bool>>) -> MutexGuard<'_, HashMap<String, bool>> {
    hanging.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the system says of a path.
fn refused(path: &str, error: &std::io::Error) -> SourceError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => SourceError::NotFound {
            path: path.to_owned(),
        },
        ErrorKind::PermissionDenied => SourceError::Denied {
            path: path.to_owned(),
        },
        // of this path alone: the others may be read
        kind => SourceError::Strange {
            detail: format!("{path}: {kind}"),
        },
    }
}

/// Where a path leads; links are followed, as mounted secrets are links, but only to places below the folder.
fn target(folder: &Path, path: &str) -> Result<PathBuf, SourceError> {
    let folder = folder
        .canonicalize()
        .map_err(|error| refused(path, &error))?;
    let target = folder.join(path);
    let target = target
        .canonicalize()
        .map_err(|error| refused(path, &error))?;
    if target.starts_with(&folder) {
        Ok(target)
    } else {
        Err(outside(path))
    }
}

fn browse(folder: &Path, below: &str) -> Result<Vec<Browsed>, SourceError> {
    let place = target(folder, below)?;
    let entries = std::fs::read_dir(place).map_err(|error| refused(below, &error))?;
    let named = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        // what Kubernetes swaps, and what nobody means
        if name.starts_with('.') {
            return None;
        }
        let is_folder = std::fs::metadata(entry.path()).ok()?.is_dir();
        Some(Browsed { name, is_folder })
    });
    let mut named: Vec<Browsed> = named.take(MOST_LISTED).collect();
    named.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(named)
}

fn read(folder: &Path, path: &str, check_mode: bool) -> Result<SecretRead, SourceError> {
    let denied = |error: &std::io::Error| refused(path, error);
    let target = target(folder, path)?;
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
        changed_at: Some(Timestamp::from_micros(changed)),
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
