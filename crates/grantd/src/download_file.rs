//! A file that is there when all of it has come, and not before.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where files are written as they come"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use grantd_model::{Randomness, base32};
use grantd_store::whole_file;

use crate::failure::Failure;
use crate::system::SystemRandomness;

/// A file on its way; one that is not kept is gone when it is dropped.
#[derive(Debug)]
pub(crate) struct DownloadFile {
    file: File,
    /// Where it is until it is kept.
    fresh: PathBuf,
    path: PathBuf,
    is_kept: bool,
}

impl DownloadFile {
    /// Begins a file for its owner alone, beside the place where it will be. Nothing may stand there.
    ///
    /// # Errors
    /// When something stands there, or the system refuses.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        if path.symlink_metadata().is_ok() {
            return Err(
                Failure::refused(format!("{} is there already", path.display()))
                    .with_remedy("Name another file, or move that one away."),
            );
        }
        // of its own: another command may be writing the same file
        let mut bytes = [0; 5];
        SystemRandomness.fill(&mut bytes);
        let fresh = path.with_added_extension(format!("{}.part", base32::encode(&bytes)));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .map_err(|error| failed(&fresh, &error))?;
        Ok(Self {
            file,
            fresh,
            path: path.to_owned(),
            is_kept: false,
        })
    }

    /// Writes a piece.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let written = self.file.write_all(piece);
        written.map_err(|error| failed(&self.fresh, &error))
    }

    /// Puts it in its place, where nothing may have come meanwhile.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn keep(mut self) -> Result<(), Failure> {
        let kept = self.file.sync_all();
        let kept = kept.and_then(|()| whole_file::put_new(&self.fresh, &self.path));
        kept.map_err(|error| failed(&self.path, &error))?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for DownloadFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // what is left over is named as such
            let _ = std::fs::remove_file(&self.fresh);
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::refused(format!("{}: {error}", path.display()))
}
