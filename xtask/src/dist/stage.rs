//! Everything that is packed, laid out once: each package takes its files from here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::folder::{Folder, READ, RUN};
use super::{Epoch, third_party};
use crate::run;
use crate::workspace::Workspace;

/// Shells, and the file that each loads completions of `grantd` from.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "grantd.bash"),
    ("zsh", "_grantd"),
    ("fish", "grantd.fish"),
];
/// Files of the tree, as they are packed.
const DOCUMENTS: [&str; 3] = ["LICENSE", "README.md", "CHANGELOG.md"];
/// A link to the program: the name by which docker calls it.
pub(super) const HELPER: &str = "docker-credential-grantd";
/// The texts of the licences of what is linked in.
pub(super) const THIRD_PARTY: &str = "THIRD-PARTY-LICENSES.txt";

/// What is packed, as `release/…` of a target folder: that is where cargo-deb takes it from.
pub(super) struct Stage {
    target: Folder,
    files: Folder,
    /// As the binary says.
    pub(super) version: String,
    /// The Rust target of this machine, for which it was built.
    pub(super) platform: String,
}

impl Stage {
    /// Lays it out.
    pub(super) fn lay(workspace: &Workspace, program: &Path, epoch: Epoch) -> Result<Self> {
        let target = Folder::anew(workspace.target().join("dist-stage"))?;
        let files = Folder::anew(target.join("release"))?;
        files.copy(program, "grantd", RUN)?;
        let binary = files.join("grantd");
        // One that was not built for release has its symbols still.
        run::captured(Command::new("strip").arg(&binary))?;

        let version = version(&run::captured(Command::new(&binary).arg("--version"))?)?;
        let platform = platform(&run::captured(Command::new("rustc").arg("-vV"))?)?;
        files.link(HELPER, "grantd")?;
        let man = files.make("man")?;
        run::captured(Command::new(&binary).args(["man", "--dir"]).arg(man))?;
        let page = ".so man1/grantd-docker-credential.1\n";
        files.write(&format!("man/{HELPER}.1"), page)?;
        for (shell, name) in COMPLETIONS {
            let text = run::captured(Command::new(&binary).args(["completions", shell]))?;
            files.write(&format!("completions/{name}"), &text)?;
        }
        for name in DOCUMENTS {
            files.copy(&workspace.root().join(name), name, READ)?;
        }
        for name in ["grantd.service", "grantd.sysusers", "grantd.toml"] {
            let from = workspace.root().join("packaging").join(name);
            files.copy(&from, name, READ)?;
        }
        files.write(
            THIRD_PARTY,
            &third_party::licences(workspace, &version, &platform)?,
        )?;
        lay_compressed(&files, &debian_changelog(&version, epoch)?)?;
        Ok(Self {
            target,
            files,
            version,
            platform,
        })
    }

    /// Stands for a target folder of cargo.
    pub(super) fn target(&self) -> &Path {
        self.target.path()
    }

    /// The path of a file.
    pub(super) fn file(&self, name: &str) -> std::path::PathBuf {
        self.files.join(name)
    }

    /// Where something is kept while it is packed.
    pub(super) fn beside(&self, name: &str) -> Result<Folder> {
        Folder::anew(self.target.join(name))
    }
}

/// What Debian wants compressed: man pages and changelogs.
fn lay_compressed(files: &Folder, debian_changelog: &str) -> Result<()> {
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "--no-name", "--"]);
    for entry in std::fs::read_dir(files.join("man"))? {
        let entry = entry?;
        let name = format!("man.gz/{}", entry.file_name().to_string_lossy());
        files.copy(&entry.path(), &name, READ)?;
        gzip.arg(files.join(&name));
    }
    files.copy(&files.join("CHANGELOG.md"), "changelog", READ)?;
    files.write("changelog.Debian", debian_changelog)?;
    gzip.args(["changelog", "changelog.Debian"].map(|name| files.join(name)));
    run::captured(&mut gzip).map(|_| ())
}

/// `grantd 0.1.0` without its name.
fn version(printed: &str) -> Result<String> {
    let version = printed.trim().strip_prefix("grantd ");
    Ok(version
        .with_context(|| format!("no version of grantd: {printed:?}"))?
        .to_owned())
}

/// The line `host: …` of `rustc -vV`.
fn platform(printed: &str) -> Result<String> {
    let host = printed.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not tell its host")?.to_owned())
}

/// Debian's own form; what changed stands in `CHANGELOG.md`.
fn debian_changelog(version: &str, epoch: Epoch) -> Result<String> {
    let mut date = Command::new("date");
    let at = format!("@{}", epoch.0);
    date.args(["--utc", "--rfc-email", "--date", &at]);
    let date = run::captured(date.env("LC_ALL", "C"))?;
    let maintainer = super::debian_package::maintainer();
    Ok(format!(
        "grantd ({version}-1) stable; urgency=medium\n\n  * What changed stands in CHANGELOG.md.\n\n \
         -- {maintainer}  {}\n",
        date.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_platform_are_read_from_what_is_printed() {
        assert_eq!(version("grantd 0.1.0\n").unwrap(), "0.1.0");
        assert!(version("other 0.1.0\n").is_err());
        let printed = "rustc 1.95.0\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\n";
        assert_eq!(platform(printed).unwrap(), "x86_64-unknown-linux-gnu");
    }

    #[test]
    fn the_changelog_has_the_form_of_debian() {
        let text = debian_changelog("1.2.3", Epoch(0)).unwrap();
        assert!(text.starts_with("grantd (1.2.3-1) stable; urgency=medium\n\n  * "));
        assert!(
            text.ends_with(">  Thu, 01 Jan 1970 00:00:00 +0000\n"),
            "{text}"
        );
    }
}
