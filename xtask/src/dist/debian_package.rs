//! The Debian package, by cargo-deb; what is in it stands in `crates/grantd/Cargo.toml`.

use std::path::Path;

use anyhow::{Context, Result};

use super::stage::Stage;
use super::{Compression, Epoch};
use crate::workspace::Workspace;
use crate::{run, tools};

/// Whom the package names where the environment does not.
const MAINTAINER: &str = "The authors of grantd <grantd@localhost>";

/// Makes sure of cargo-deb.
pub(super) fn require(workspace: &Workspace) -> Result<()> {
    tools::program(workspace, &tools::CARGO_DEB).map(|_| ())
}

/// Packs `grantd_VERSION-1_ARCHITECTURE.deb` into the folder and returns its name.
pub(super) fn pack(
    workspace: &Workspace,
    stage: &Stage,
    into: &Path,
    epoch: Epoch,
    compression: Compression,
) -> Result<String> {
    let mut deb = workspace.command(tools::program(workspace, &tools::CARGO_DEB)?);
    deb.args(["--no-build", "--no-strip", "--locked", "--offline"]);
    deb.args(["--package", "grantd", "--maintainer", &maintainer()]);
    // A hyphen begins the revision, so that of a pre-release is a tilde, which sorts before the end.
    let version = format!("{}-1", stage.version.replacen('-', "~", 1));
    deb.args(["--deb-version", &version]);
    if compression == Compression::Fast {
        deb.args(["--fast", "--compress-type", "gz"]);
    }
    let out = stage.beside("debian")?;
    deb.arg("--output").arg(out.path());
    deb.env("CARGO_TARGET_DIR", stage.target());
    deb.env("SOURCE_DATE_EPOCH", epoch.0.to_string());
    run::must_succeed(&mut deb, "packing the Debian package")?;

    let made = std::fs::read_dir(out.path())?.next();
    let made = made.context("cargo-deb wrote no package")??;
    let name = made.file_name().to_string_lossy().into_owned();
    std::fs::copy(made.path(), into.join(&name)).with_context(|| format!("keeping {name}"))?;
    Ok(name)
}

/// `DEBFULLNAME <DEBEMAIL>`, as Debian's own tools take it, where both are set.
pub(super) fn maintainer() -> String {
    let told = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (told("DEBFULLNAME"), told("DEBEMAIL")) {
        (Some(name), Some(mail)) => format!("{name} <{mail}>"),
        _ => MAINTAINER.to_owned(),
    }
}
