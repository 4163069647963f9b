//! A folder that is made anew, whose files have exactly the modes that are said.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What everybody may read.
pub(super) const READ: u32 = 0o644;
/// What everybody may run.
pub(super) const RUN: u32 = 0o755;
/// What its owner alone may enter.
pub(super) const PRIVATE: u32 = 0o700;

/// A folder of files to be packed.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes it, without anything that was there.
    pub(super) fn anew(path: PathBuf) -> Result<Self> {
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("removing {}", path.display()))
            }
            _ => Ok(()),
        }?;
        let folder = Self(path);
        folder.make("")?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The path of something in it.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes a folder in it that everybody may enter, and those above.
    pub(super) fn make(&self, name: &str) -> Result<PathBuf> {
        let path = if name.is_empty() {
            self.0.clone()
        } else {
            self.join(name)
        };
        let absent: Vec<&Path> = path.ancestors().take_while(|it| !it.exists()).collect();
        fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        for made in absent {
            set_mode(made, RUN)?;
        }
        Ok(path)
    }

    /// Makes a folder that its owner alone may enter.
    pub(super) fn make_private(&self, name: &str) -> Result<()> {
        set_mode(&self.make(name)?, PRIVATE)
    }

    /// Writes a file.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.prepare(name)?;
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        set_mode(&path, READ)
    }

    /// Copies a file; a link is followed.
    pub(super) fn copy(&self, from: &Path, name: &str, mode: u32) -> Result<()> {
        let path = self.prepare(name)?;
        let what = || format!("copying {} to {}", from.display(), path.display());
        fs::copy(from, &path).with_context(what)?;
        set_mode(&path, mode)
    }

    /// Makes a link to what lies beside it.
    pub(super) fn link(&self, name: &str, to: &str) -> Result<()> {
        let path = self.prepare(name)?;
        symlink(to, &path).with_context(|| format!("linking {} to {to}", path.display()))
    }

    fn prepare(&self, name: &str) -> Result<PathBuf> {
        if let Some((above, _)) = name.rsplit_once('/') {
            self.make(above)?;
        }
        Ok(self.join(name))
    }
}

/// Sets a mode, whatever the umask is.
pub(super) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| format!("setting the mode of {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_gone_and_modes_are_as_said() {
        let path = std::env::temp_dir().join(format!("xtask-folder-{}", std::process::id()));
        let folder = Folder::anew(path.clone()).unwrap();
        folder.write("a/b/old", "x").unwrap();
        let folder = Folder::anew(path.clone()).unwrap();
        folder.write("a/new", "y").unwrap();
        folder.copy(&folder.join("a/new"), "bin/it", RUN).unwrap();
        folder.make_private("state/own").unwrap();
        folder.link("bin/other", "it").unwrap();
        let link = fs::read_link(folder.join("bin/other")).unwrap();
        assert_eq!(link, Path::new("it"));
        assert!(!folder.join("a/b").exists());
        let mode = |name: &str| {
            let of = fs::metadata(folder.join(name)).unwrap();
            of.permissions().mode() & 0o7777
        };
        for (name, expected) in [
            ("a", RUN),
            ("a/new", READ),
            ("bin/it", RUN),
            ("state", RUN),
            ("state/own", PRIVATE),
        ] {
            assert_eq!(mode(name), expected, "{name}");
        }
        fs::remove_dir_all(path).unwrap();
    }
}
