//! A restore that is killed.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks at what is left of a state folder"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::environment;
use e2e::grantd::Grantd;
use tempfile::TempDir;

use super::draft;

#[test]
fn a_restore_that_is_killed_leaves_an_empty_folder_or_a_whole_one() -> Result<()> {
    let rounds = environment::kills();
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    for number in 0..50 {
        api.post_credential(&draft(&format!("kept {number}"), "kept"))?
            .expect(201)?;
    }
    let backup = grantd
        .write_file("one.backup.place", "")?
        .replace(".place", "");
    grantd.cli(&["backup", "create", &backup], "")?.expect(0)?;
    let folder = TempDir::new()?;
    let state = folder.path().join("state");
    let mut half = 0;
    for round in 0..rounds {
        if state.exists() {
            fs::remove_dir_all(&state)?;
        }
        let restore = || command(folder.path(), &["backup", "restore", &backup]);
        let mut child = restore()?.spawn()?;
        std::thread::sleep(Duration::from_micros(1_000 + round * 7_919_003 % 60_000));
        child.kill()?;
        child.wait()?;
        let whole = state.join("grantd.db").exists();
        half += u64::from(state.join("grantd.db.restoring").exists());
        if !whole {
            ensure!(
                restore()?.status()?.success(),
                "round {round}: the second one failed"
            );
        } else if state.join("grantd.db.restoring").exists() {
            // both names of the one file: all of it is there
            fs::remove_file(state.join("grantd.db.restoring"))?;
        }
        let bytes = fs::metadata(state.join("grantd.db"))?.len();
        ensure!(bytes > 100_000, "round {round}: {bytes} bytes");
    }
    let whole = command(folder.path(), &["backup", "verify", &backup])?.status()?;
    ensure!(whole.success(), "the backup itself was touched");
    println!("{rounds} kills, {half} of them left a half one behind");
    Ok(())
}

/// The binary over the state folder `state` in this one.
fn command(folder: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(environment::binary()?);
    command
        .env_clear()
        .env("HOME", folder)
        .env("TMPDIR", folder);
    command.arg("--state-dir").arg(folder.join("state"));
    command.args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}
