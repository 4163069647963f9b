//! Files that are there whole or not at all, after any crash as well.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where files are put in their place"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Writes a file for its owner alone where none stands.
///
/// # Errors
/// When the system refuses, or something stands there; then nothing is left of it.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, put_new)
}

/// Writes a file for its owner alone, in the place of one that stands there.
///
/// # Errors
/// When the system refuses; then what stood there stands.
pub fn write_over(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, put_over)
}

/// Puts a file that is written in a place where nothing stands.
///
/// # Errors
/// When the system refuses, or something stands there; then the file is where it was.
pub fn put_new(fresh: &Path, path: &Path) -> io::Result<()> {
    let mut put = Err(ErrorKind::Unsupported.into());
    for way in [by_rename, by_link, by_claim] {
        put = way(fresh, path);
        if !put.as_ref().is_err_and(is_unknown) {
            break;
        }
    }
    put?;
    sync_folder_of(path)
}

/// Puts a file that is written in the place of one that may stand there.
///
/// # Errors
/// When the system refuses.
pub fn put_over(fresh: &Path, path: &Path) -> io::Result<()> {
    std::fs::rename(fresh, path)?;
    sync_folder_of(path)
}

fn write(
    path: &Path,
    content: &[u8],
    put: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    // behind the whole name, which itself may end in `.new`
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)?;
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| put(&fresh, path));
    if written.is_err() {
        // secrets are not left lying about; the fault of the write says more than one of the removal
        let _ = std::fs::remove_file(&fresh);
    }
    written
}

/// What most file systems know.
fn by_rename(fresh: &Path, path: &Path) -> io::Result<()> {
    Ok(renameat_with(
        CWD,
        fresh,
        CWD,
        path,
        RenameFlags::NOREPLACE,
    )?)
}

/// What NFS knows instead: a link fails where something stands.
fn by_link(fresh: &Path, path: &Path) -> io::Result<()> {
    std::fs::hard_link(fresh, path)?;
    sync_folder_of(path)?;
    std::fs::remove_file(fresh)
}

/// Where neither is known: the name is taken by an empty file, which the rename puts away. A crash in between
/// leaves the empty one.
fn by_claim(fresh: &Path, path: &Path) -> io::Result<()> {
    let mut claim = OpenOptions::new();
    claim.write(true).create_new(true).mode(0o600).open(path)?;
    std::fs::rename(fresh, path)
}

/// Whether a file system says so that it does not know a way.
fn is_unknown(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        // EPERM is what `link(2)` gives where there are no links
        ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::PermissionDenied
    )
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_puts_it_where_nothing_stands_and_nowhere_else() {
        for way in [by_rename, by_link, by_claim, put_new] {
            let folder = tempfile::tempdir().unwrap();
            let [fresh, path] = ["fresh", "path"].map(|name| folder.path().join(name));
            let text = |path: &Path| std::fs::read_to_string(path).ok();
            std::fs::write(&fresh, "one").unwrap();
            way(&fresh, &path).unwrap();
            assert_eq!((text(&fresh), text(&path)), (None, Some("one".to_owned())));
            std::fs::write(&fresh, "two").unwrap();
            let error = way(&fresh, &path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AlreadyExists);
            assert!(!is_unknown(&error));
            assert_eq!(
                (text(&fresh), text(&path)),
                (Some("two".to_owned()), Some("one".to_owned()))
            );
        }
    }

    #[test]
    fn what_stands_there_is_replaced_or_left_and_nothing_lies_about() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("path.new");
        let text = || std::fs::read_to_string(&path).unwrap();
        write_new(&path, b"one").unwrap();
        let error = write_new(&path, b"two").unwrap_err();
        assert_eq!(
            (error.kind(), text()),
            (ErrorKind::AlreadyExists, "one".to_owned())
        );
        write_over(&path, b"three").unwrap();
        assert_eq!(text(), "three");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1);
    }
}
