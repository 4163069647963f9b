//! The unit file of the package, as systemd itself judges it.
#![expect(clippy::disallowed_methods, reason = "the test copies the unit file")]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The most exposure that is accepted: `systemd-analyze security` counts it from 0 to 100.
const MOST_EXPOSURE: &str = "20";

/// A copy of the unit that starts a program which is there.
fn unit(folder: &Path) -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/grantd.service");
    let text = std::fs::read_to_string(source)?;
    ensure!(text.contains("ExecStart=/usr/bin/grantd serve\n"), "{text}");
    let path = folder.join("grantd.service");
    std::fs::write(&path, text.replace("/usr/bin/grantd", "/bin/true"))?;
    Ok(path)
}

/// What systemd says of the unit; it must be content.
fn judged(arguments: &[&str]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new("systemd-analyze");
    command.args(arguments).arg(unit(folder.path())?);
    let ended = command.output().context("systemd-analyze")?;
    let text = [ended.stdout, ended.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    ensure!(ended.status.success(), "{arguments:?}: {text}");
    Ok(text)
}

#[test]
fn the_unit_file_is_understood_whole() -> Result<()> {
    let text = judged(&["verify", "--man=no"])?;
    ensure!(!text.contains("grantd.service"), "{text}");
    Ok(())
}

#[test]
fn the_unit_is_well_hardened() -> Result<()> {
    let threshold = format!("--threshold={MOST_EXPOSURE}");
    let text = judged(&["security", "--offline=true", "--no-pager", &threshold])?;
    ensure!(text.contains("Overall exposure level"), "{text}");
    Ok(())
}
