//! Where the program under test and the installed peers stand. Both come from the environment and
//! are set by `cargo xtask test`; without them the tests fail, they never skip.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

/// The folder with `bin/node`, `node/node_modules` and `venv`.
pub fn peers() -> Result<PathBuf> {
    let folder = required("GRANTD_PEERS", "the folder of the installed peers")?;
    let node = folder.join("bin/node");
    ensure!(
        node.exists(),
        "{} is missing: run `cargo xtask test`, it installs the peers",
        node.display()
    );
    Ok(folder)
}

/// The built `grantd` binary.
pub fn binary() -> Result<PathBuf> {
    let binary = required("GRANTD_BIN", "the path of the built grantd binary")?;
    ensure!(
        binary.exists(),
        "{} is missing: run `cargo xtask test`, it builds it",
        binary.display()
    );
    Ok(binary)
}

/// The folder of the peers' own scripts in the source tree.
#[must_use]
pub fn scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// A program of a Debian package, found on the search path.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/bin".into()])
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.exists())
        .with_context(|| {
            format!("{name} of the Debian package {package} is missing: run `cargo xtask test`, it installs it")
        })
}

fn required(name: &str, what: &str) -> Result<PathBuf> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .with_context(|| format!("{name} ({what}) is not set: run the tests by `cargo xtask test`"))
}
