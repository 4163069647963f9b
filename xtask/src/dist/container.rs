//! What an image is built from: the Containerfile, and the whole root file system beside it.
//!
//! Nothing is taken from another image, so the libraries are those of the machine that packs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::folder::{Folder, READ, RUN};
use super::stage::{Stage, THIRD_PARTY};
use super::{Compression, Epoch, tarball};
use crate::run;
use crate::workspace::Workspace;

/// The user of the image; the number stands in the Containerfile.
const PASSWD: &str = "root:x:0:0:root:/:/sbin/nologin\n\
                      grantd:x:65532:65532:grantd:/var/lib/grantd:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\ngrantd:x:65532:\n";
/// Names come from the files that the container's engine writes, then from DNS.
const NSSWITCH: &str = "passwd: files\ngroup: files\nhosts: files dns\n";

/// Packs `grantd-VERSION-TARGET-container.tar.gz` into the folder and returns its name.
pub(super) fn pack(
    workspace: &Workspace,
    stage: &Stage,
    into: &Path,
    epoch: Epoch,
    compression: Compression,
) -> Result<String> {
    let name = format!("grantd-{}-{}-container", stage.version, stage.platform);
    let packed = stage.beside("container")?;
    let context = Folder::anew(packed.join(&name))?;
    let recipe = workspace.root().join("packaging/Containerfile");
    context.copy(&recipe, "Containerfile", READ)?;

    let binary = stage.file("grantd");
    context.copy(&binary, "root/usr/bin/grantd", RUN)?;
    let listing = run::captured(Command::new("ldd").arg(&binary))?;
    for library in libraries(&listing)? {
        // An absolute path, whose first character is the root.
        let to = format!("root{}", library.display());
        context.copy(&library, &to, RUN)?;
    }
    context.write("root/etc/passwd", PASSWD)?;
    context.write("root/etc/group", GROUP)?;
    context.write("root/etc/nsswitch.conf", NSSWITCH)?;
    context.copy(
        &stage.file("grantd.toml"),
        "root/etc/grantd/grantd.toml",
        READ,
    )?;
    for file in ["LICENSE", THIRD_PARTY] {
        let to = format!("root/usr/share/doc/grantd/{file}");
        context.copy(&stage.file(file), &to, READ)?;
    }
    context.make("root/var/lib")?;
    context.make_private("state/grantd")?;
    tarball::archive(packed.path(), &name, into, epoch, compression)
}

/// The files that `ldd` names.
fn libraries(listing: &str) -> Result<Vec<PathBuf>> {
    if let Some(line) = listing.lines().find(|line| line.contains("not found")) {
        bail!("a library is missing: {}", line.trim());
    }
    let path = |line: &str| {
        let path = line.split_whitespace().find(|word| word.starts_with('/'));
        path.map(PathBuf::from)
    };
    let found: Vec<PathBuf> = listing.lines().filter_map(path).collect();
    if found.is_empty() {
        bail!("ldd names no library, expected is at least the loader: {listing:?}");
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_where_ldd_says() {
        let listing = "\tlinux-vdso.so.1 (0x01)\n\
                       \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x02)\n\
                       \t/lib64/ld-linux-x86-64.so.2 (0x03)\n";
        let expected = [
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib64/ld-linux-x86-64.so.2",
        ];
        assert_eq!(libraries(listing).unwrap(), expected.map(PathBuf::from));
        let missing = libraries("\tlibx.so.1 => not found\n").unwrap_err();
        assert_eq!(
            missing.to_string(),
            "a library is missing: libx.so.1 => not found"
        );
        assert!(libraries("").is_err());
    }
}
