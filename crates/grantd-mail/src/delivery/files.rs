//! Files: the one place where mails are written, read and put in place.
#![expect(
    clippy::disallowed_methods,
    reason = "spool folders are the file system"
)]

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

/// Readable by the group of the spool, so that whoever takes mails out needs no more.
const FILE_MODE: u32 = 0o640;
const FOLDER_MODE: u32 = 0o750;

/// How much is read or written at once: most mails have little more, and it is zeroed each time.
pub(crate) const BUFFER: usize = 16 * 1024;

/// A file that is being written.
pub(crate) type NewFile = File;

/// A new file, in place of one that was left behind.
pub(crate) fn replace(path: &Path) -> io::Result<NewFile> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)
}

/// A file to read.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// A part of a file.
pub(crate) fn part(file: &mut File, start: u64, length: u64) -> io::Result<io::Take<&mut File>> {
    file.seek(SeekFrom::Start(start))?;
    Ok(file.take(length))
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path)?.write_all(bytes)
}

/// Makes sure that what was written to a file, or put into a folder, stays there.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a folder with all above it; one that is there is as good.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(path)
}

/// Removes a folder with what is in it; one that is not there is as good.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Removes what is in a folder.
pub(crate) fn empty_folder(path: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_folder(&entry.path())?;
        } else {
            remove_file(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file; one that is not there is as good.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Puts a file or folder where it belongs, in one step.
pub(crate) fn put(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Whether there is something of this name.
pub(crate) fn is_there(path: &Path) -> io::Result<bool> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether there is a folder of this name.
pub(crate) fn is_folder(path: &Path) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(found.is_dir()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a name in a folder begins so.
pub(crate) fn has_name_with(folder: &Path, beginning: &str) -> io::Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        if entry?.file_name().to_string_lossy().starts_with(beginning) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Size and SHA-256 of a file, in hexadecimal.
pub(crate) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; BUFFER];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        context.update(buffer.get(..read).unwrap_or_default());
    }
    Ok((
        size,
        data_encoding::HEXLOWER.encode(context.finish().as_ref()),
    ))
}
