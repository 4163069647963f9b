//! The tarball, and how every archive is packed: sorted, of root, at the time of the commit.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::folder::{READ, RUN};
use super::stage::{HELPER, Stage, THIRD_PARTY};
use super::{Compression, Epoch};
use crate::run;

/// Packs `grantd-VERSION-TARGET.tar.gz` into the folder and returns its name.
pub(super) fn pack(
    stage: &Stage,
    into: &Path,
    epoch: Epoch,
    compression: Compression,
) -> Result<String> {
    let name = format!("grantd-{}-{}", stage.version, stage.platform);
    let packed = stage.beside("tarball")?;
    packed.copy(&stage.file("grantd"), &format!("{name}/grantd"), RUN)?;
    packed.link(&format!("{name}/{HELPER}"), "grantd")?;
    for file in [
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        THIRD_PARTY,
        "grantd.service",
        "grantd.sysusers",
        "grantd.toml",
    ] {
        packed.copy(&stage.file(file), &format!("{name}/{file}"), READ)?;
    }
    for folder in ["man", "completions"] {
        for entry in std::fs::read_dir(stage.file(folder))? {
            let entry = entry?;
            let file = entry.file_name();
            let to = format!("{name}/{folder}/{}", file.to_string_lossy());
            packed.copy(&entry.path(), &to, READ)?;
        }
    }
    archive(packed.path(), &name, into, epoch, compression)
}

/// Packs `NAME` of a folder as `NAME.tar.gz` into another one and returns the name of that.
pub(super) fn archive(
    from: &Path,
    name: &str,
    into: &Path,
    epoch: Epoch,
    compression: Compression,
) -> Result<String> {
    let file = format!("{name}.tar.gz");
    let gzip = match compression {
        Compression::Small => "gzip -9 --no-name",
        Compression::Fast => "gzip -1 --no-name",
    };
    let mut tar = Command::new("tar");
    tar.args(["--create", "--format=ustar", "--sort=name"]);
    tar.args(["--owner=0", "--group=0", "--numeric-owner"]);
    tar.arg(format!("--mtime=@{}", epoch.0));
    tar.arg(format!("--use-compress-program={gzip}"));
    tar.arg("--file").arg(into.join(&file));
    tar.arg("--directory").arg(from).arg("--").arg(name);
    run::captured(tar.env("LC_ALL", "C"))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::folder::Folder;
    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes_whenever_they_were_made() {
        let path = std::env::temp_dir().join(format!("xtask-archive-{}", std::process::id()));
        let packed = |files: [&str; 2]| {
            let folder = Folder::anew(path.join("of")).unwrap();
            for file in files {
                folder.write(&format!("it/{file}"), file).unwrap();
            }
            let written = fs::File::open(folder.join("it/a")).unwrap();
            let hour = std::time::Duration::from_hours(1);
            let past = std::time::SystemTime::now() - hour * u32::from(files[0] == "a");
            written.set_modified(past).unwrap();
            let name = archive(folder.path(), "it", &path, Epoch(7), Compression::Fast);
            fs::read(path.join(name.unwrap())).unwrap()
        };
        let (one, other) = (packed(["a", "b"]), packed(["b", "a"]));
        assert!(one == other, "the archives differ");
        fs::remove_dir_all(path).unwrap();
    }
}
