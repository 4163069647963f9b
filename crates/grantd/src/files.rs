//! Files and folders of the binary: what is private is made for its owner alone.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where the binary touches files"
)]

mod lock;

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use grantd_model::Secret;
use grantd_store::whole_file;
use rustix::fs::OFlags;

pub(crate) use lock::{Lock, is_locked, lock};

/// The largest file that is read, in bytes.
const MOST_BYTES: u64 = 1024 * 1024;

/// Opening waits for nobody, such as a writer of a pipe.
const WITHOUT_WAITING: i32 = OFlags::NONBLOCK.bits().cast_signed();

/// Reads a whole text file of at most 1 MiB.
///
/// # Errors
/// When the system refuses, it is no plain file, larger, or no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    limited(open_plain(path)?)
}

/// What the system says in a file of its own, such as in `/proc`; none where it does not.
pub(crate) fn read_system(path: &Path) -> Option<String> {
    limited(File::open(path).ok()?).ok()
}

/// Reads a whole text file of at most 1 MiB, with its permission bits.
///
/// # Errors
/// When the system refuses, it is no plain file, larger, or no UTF-8.
pub(crate) fn read_secret(path: &Path) -> io::Result<(Secret<String>, u32)> {
    let file = open_plain(path)?;
    let mode = file.metadata()?.mode() & 0o7777;
    Ok((Secret::new(limited(file)?), mode))
}

/// Reads a whole file of at most so many bytes, whatever is in it; standard input if it is `-`.
///
/// # Errors
/// When the system refuses, it is no plain file, or larger.
pub(crate) fn read_bytes(path: &Path, most: usize) -> io::Result<Secret<Vec<u8>>> {
    let (source, size): (Box<dyn Read>, _) = if is_standard(path) {
        (Box::new(io::stdin().lock()), most)
    } else {
        let file = open_plain(path)?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        (Box::new(file), size)
    };
    // reserved, so that no half-filled copy is left behind when it grows
    let mut bytes = Vec::with_capacity(size.min(most) + 1);
    source.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        let detail = format!("it is larger than {} MiB", most / 1024 / 1024);
        return Err(io::Error::new(ErrorKind::FileTooLarge, detail));
    }
    Ok(Secret::new(bytes))
}

/// Reads how a file begins, at most so many bytes of it.
///
/// # Errors
/// When the system refuses, or it is no plain file.
pub(crate) fn read_beginning(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = open_plain(path)?;
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A path behind all links, as far as it exists.
pub(crate) fn behind_links(path: &Path) -> PathBuf {
    let exists = path.ancestors().find_map(|folder| {
        let real = folder.canonicalize().ok()?;
        Some(real.join(path.strip_prefix(folder).ok()?))
    });
    exists.unwrap_or_else(|| path.to_owned())
}

/// Whether a path stands for standard input or output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads standard input to its end.
///
/// # Errors
/// When the system refuses, it is larger than 1 MiB, or no UTF-8.
pub(crate) fn read_standard_input() -> io::Result<Secret<String>> {
    limited(io::stdin().lock()).map(Secret::new)
}

/// Opens a file to read; pipes and devices are not even touched, as that alone may hang or act.
fn open_plain(path: &Path) -> io::Result<File> {
    plain_or_absent(path)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(WITHOUT_WAITING)
        .open(path)?;
    // another may stand there by now
    plain(&file.metadata()?)?;
    Ok(file)
}

fn plain_or_absent(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(metadata) => plain(&metadata),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn plain(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(
        ErrorKind::InvalidInput,
        "it is no plain file",
    ))
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

/// Whether something stands in a folder; nothing stands in one that is not there.
///
/// # Errors
/// When the system refuses, or it is no folder.
#[cfg(feature = "demo")]
pub(crate) fn holds_anything(folder: &Path) -> io::Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The names of what stands in a folder, sorted; none of one that is not there.
///
/// # Errors
/// When the system refuses, or it is no folder.
pub(crate) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let names: io::Result<Vec<String>> = entries.map(|entry| entry.map(name)).collect();
    names.map(|mut names| {
        names.sort();
        names
    })
}

/// Owner, permission bits, and what it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The id of the user that owns it.
    pub(crate) owner: u32,
    /// The permission bits.
    pub(crate) mode: u32,
    /// Whether it is a plain file without content.
    pub(crate) is_empty: bool,
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
            is_empty: metadata.is_file() && metadata.len() == 0,
            is_folder: metadata.is_dir(),
        })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a file for its owner alone, if it is absent.
///
/// # Errors
/// When the system refuses, or what stands there is no plain file.
pub(crate) fn touch_private(path: &Path) -> io::Result<()> {
    plain_or_absent(path)?;
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(WITHOUT_WAITING)
        .open(path)
        .map(drop)
}

/// Writes a file for its owner alone, whole or not at all; one that stands there is replaced.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write_private(path: &Path, content: &str) -> io::Result<()> {
    whole_file::write_over(path, content.as_bytes())
}

/// Writes a file for its owner alone where none stands, whole or not at all.
///
/// # Errors
/// When the system refuses, or a file stands there.
pub(crate) fn create_private(path: &Path, content: &str) -> io::Result<()> {
    whole_file::write_new(path, content.as_bytes())
}

/// Whether two paths are names of one file.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| {
        let of = std::fs::symlink_metadata(path).ok()?;
        Some((of.dev(), of.ino()))
    };
    id(one).is_some_and(|it| id(other) == Some(it))
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
#[derive(Debug)]
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes it where nothing stands.
    ///
    /// # Errors
    /// When the system refuses, or something stands there.
    pub(crate) fn create(path: PathBuf) -> io::Result<Self> {
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a temporary folder stays behind");
        }
    }
}
