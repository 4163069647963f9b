//! Where this workspace is, and what `cargo metadata` says of its packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::run;

/// The workspace on disk.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    packages: Vec<Package>,
}

/// One workspace package.
pub(crate) struct Package {
    pub(crate) name: String,
    /// `Cargo.toml` of it, relative to the root.
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a package's dependency tables.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: DependencyKind,
}

/// Which table a dependency stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DependencyKind {
    Normal,
    Build,
    Development,
}

impl Workspace {
    /// Asks cargo; needs no network.
    pub(crate) fn find() -> Result<Self> {
        let mut command = Command::new(cargo_program());
        command.args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ]);
        if let Some(here) = std::env::var_os("CARGO_MANIFEST_DIR") {
            command
                .arg("--manifest-path")
                .arg(Path::new(&here).join("Cargo.toml"));
        }
        let metadata: Value = serde_json::from_str(&run::captured(&mut command)?)
            .context("cargo metadata did not print JSON")?;
        let directory = |key: &str| -> Result<PathBuf> {
            let value = metadata.get(key).and_then(Value::as_str);
            Ok(value
                .with_context(|| format!("cargo metadata has no {key}"))?
                .into())
        };
        let root = directory("workspace_root")?;
        let target = directory("target_directory")?;
        let packages = packages(&metadata, &root).context("cargo metadata has another shape")?;
        Ok(Self {
            root,
            target,
            packages,
        })
    }

    /// The folder of a package that this workspace depends on, as it was downloaded.
    pub(crate) fn package(&self, name: &str) -> Result<PathBuf> {
        let mut command = Command::new(cargo_program());
        command.args(["metadata", "--format-version", "1", "--locked"]);
        command
            .arg("--manifest-path")
            .arg(self.root.join("Cargo.toml"));
        let metadata: Value = serde_json::from_str(&run::captured(&mut command)?)
            .context("cargo metadata did not print JSON")?;
        let packages = metadata.get("packages").and_then(Value::as_array);
        let found = packages
            .into_iter()
            .flatten()
            .find(|it| it.get("name").and_then(Value::as_str) == Some(name));
        let manifest = found.and_then(|it| it.get("manifest_path")?.as_str());
        let manifest = manifest.with_context(|| format!("nothing depends on {name}"))?;
        let folder = Path::new(manifest).parent();
        Ok(folder.context("a manifest without a folder")?.to_owned())
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The target folder, absolute, wherever `CARGO_TARGET_DIR` puts it.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where pinned tools are installed.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Where pinned peers are installed.
    pub(crate) fn peers(&self) -> PathBuf {
        self.target.join("peers")
    }

    /// The packages of the workspace, by name.
    pub(crate) fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// A cargo command at the root, building into the same target folder as this one.
    pub(crate) fn cargo(&self, arguments: &str) -> Command {
        let mut command = self.command(cargo_program());
        command.args(arguments.split_whitespace());
        command
    }

    /// Any command, at the root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        // A relative one is relative to where we were started, not to the root.
        if std::env::var_os("CARGO_TARGET_DIR").is_some() {
            command.env("CARGO_TARGET_DIR", &self.target);
        }
        command
    }
}

/// Whether this is an unattended run, where a skip is a failure.
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn packages(metadata: &Value, root: &Path) -> Option<Vec<Package>> {
    let mut packages = Vec::new();
    for package in metadata.get("packages")?.as_array()? {
        let manifest = Path::new(package.get("manifest_path")?.as_str()?);
        let mut dependencies = Vec::new();
        for dependency in package.get("dependencies")?.as_array()? {
            let kind = match dependency.get("kind").and_then(Value::as_str) {
                Some("dev") => DependencyKind::Development,
                Some("build") => DependencyKind::Build,
                _ => DependencyKind::Normal,
            };
            let name = dependency.get("name")?.as_str()?.to_owned();
            dependencies.push(Dependency { name, kind });
        }
        packages.push(Package {
            name: package.get("name")?.as_str()?.to_owned(),
            manifest: manifest.strip_prefix(root).ok()?.to_str()?.to_owned(),
            dependencies,
        });
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Some(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_with_the_kind_of_each_dependency() {
        let metadata = serde_json::json!({"packages": [{
            "name": "a", "manifest_path": "/x/crates/a/Cargo.toml",
            "dependencies": [
                {"name": "b", "kind": null}, {"name": "c", "kind": "dev"}, {"name": "d", "kind": "build"},
            ],
        }]});
        let packages = packages(&metadata, Path::new("/x")).unwrap();
        assert_eq!(packages[0].manifest, "crates/a/Cargo.toml");
        let kinds: Vec<_> = packages[0]
            .dependencies
            .iter()
            .map(|each| each.kind)
            .collect();
        assert_eq!(
            kinds,
            [
                DependencyKind::Normal,
                DependencyKind::Development,
                DependencyKind::Build
            ]
        );
    }
}
