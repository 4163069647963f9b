//! Disks that are full: what writes is refused and says why, everything else goes on, nothing is half done, and with
//! room again all goes on without a restart.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks at files of grantd, and waits beside it"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use e2e::disk::Disk;
use e2e::environment;
use e2e::grantd::{Api, Finished, Grantd};
use e2e::mail::{CLIENT_ID, MailServer, SCOPE, SECRET};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What is said of a full disk.
const FULL: &str = "the disk that holds the database is full";

/// A credential of the sandbox.
fn draft(name: &str, token_endpoint: &str) -> Value {
    json!({
        "name": name, "client_id": CLIENT_ID, "client_secret": SECRET, "secret_source": "internal",
        "token_endpoint": token_endpoint, "scope": SCOPE,
        "token_endpoint_auth_method": "client_secret_post",
    })
}

/// A grantd whose state folder is a disk of this size.
fn on_a_disk(size: &str) -> Result<(Grantd, Disk)> {
    let mut grantd = Grantd::start()?;
    grantd.kill();
    // it covers what the start made, and another start begins anew
    let disk = Disk::over(&grantd.state(), size)?;
    grantd.start_again()?;
    Ok((grantd, disk))
}

fn credentials(api: &Api) -> Result<usize> {
    let (mut count, mut path) = (0, "/v1/credentials?limit=100".to_owned());
    loop {
        let page = api.get(&path)?.expect(200)?.json()?;
        count += page["items"].as_array().context("items")?.len();
        match page["next_cursor"].as_str() {
            None => return Ok(count),
            Some(cursor) => path = format!("/v1/credentials?limit=100&cursor={cursor}"),
        }
    }
}

/// Waits until `/readyz` answers so.
fn readiness(api: &Api, status: u16) -> Result<Value> {
    let begun = Instant::now();
    loop {
        let answer = api.get("/readyz")?;
        if answer.status == status {
            return answer.json();
        }
        ensure!(begun.elapsed() < Duration::from_secs(15), "{answer:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Adds credentials until one is refused; tells how many were added.
fn add_until_refused(api: &Api, endpoint: &str) -> Result<usize> {
    for number in 0..2_000 {
        let answer = api.post_credential(&draft(&format!("more {number}"), endpoint))?;
        if answer.status != 201 {
            let problem = answer.expect(503)?.json()?;
            ensure!(
                problem["type"] == "urn:grantd:problem:store_failed",
                "{problem}"
            );
            ensure!(problem["detail"] == FULL, "{problem}");
            return Ok(number);
        }
    }
    bail!("the disk is not full")
}

/// A command that was refused because there is no room.
fn refused(ended: Finished) -> Result<()> {
    let ended = ended.expect(1)?;
    let told = ended.stderr.to_lowercase();
    ensure!(
        told.contains("full") || told.contains("no space"),
        "{ended:?}"
    );
    Ok(())
}

#[test]
fn a_full_state_folder_refuses_what_writes_and_goes_on_with_room() -> Result<()> {
    let server = MailServer::start_alone(&["a@example.com"])?;
    let endpoint = server.token_endpoint()?;
    let (grantd, disk) = on_a_disk("6m")?;
    let api = grantd.api()?;
    api.post_credential(&draft("kept", endpoint))?.expect(201)?;
    let token = api.token("kept")?;
    readiness(&api, 200)?;
    let folder = TempDir::new()?;
    let target = folder.path().join("one.backup");
    let target = target.to_str().context("path")?;
    let rows = grantd.write_file(
        "rows.csv",
        &format!(
            "name,client_id,client_secret,token_endpoint,scope\nimported,{CLIENT_ID},canary-imported,{endpoint},a\n"
        ),
    )?;

    disk.fill()?;
    let mut added = 1 + add_until_refused(&api, endpoint)?;
    let not_ready = readiness(&api, 503)?;
    ensure!(not_ready.to_string().contains(FULL), "{not_ready}");
    let before = api.get("/v1/keyring")?.expect(200)?.json()?;
    let names = disk.names()?;
    refused(grantd.cli(&["keyring", "rotate"], "")?)?;
    refused(grantd.cli(&["backup", "create", target], "")?)?;
    refused(grantd.cli(&["import", &rows], "")?)?;
    // what is at hand goes on, and nothing is half done
    ensure!(api.token("kept")? == token, "another token");
    ensure!(
        credentials(&api)? == added,
        "what was not acknowledged is there"
    );
    ensure!(
        api.get("/v1/keyring")?.expect(200)?.json()? == before,
        "another key"
    );
    ensure!(disk.names()? == names, "{:?} lies about", disk.names()?);
    let left = fs::read_dir(folder.path())?.count();
    ensure!(left == 0, "{left} files of a backup that was not made");

    disk.free()?;
    readiness(&api, 200)?;
    api.post_credential(&draft("with room", endpoint))?
        .expect(201)?;
    api.token("with-room")?;
    grantd.cli(&["import", &rows], "")?.expect(0)?;
    added += 2;
    ensure!(credentials(&api)? == added, "not all that was added");
    grantd.cli(&["keyring", "rotate"], "")?.expect(0)?;
    let after = api.get("/v1/keyring")?.expect(200)?.json()?;
    ensure!(
        after["key"] != before["key"] && after["values_left"] == 0,
        "{after}"
    );
    grantd.cli(&["backup", "create", target], "")?.expect(0)?;
    command(folder.path(), folder.path(), &["backup", "verify", target])?.expect(0)?;
    grantd.cli(&["audit", "verify"], "")?.expect(0)?;
    Ok(())
}

#[test]
fn a_full_disk_is_found_although_the_database_has_room_left() -> Result<()> {
    let (grantd, disk) = on_a_disk("16m")?;
    let api = grantd.api()?;
    // the log of the database has become as long as it gets, and begins anew
    for number in 0..200 {
        let draft = draft(&format!("kept {number}"), "https://login.example.com/token");
        api.post_credential(&draft)?.expect(201)?;
    }
    readiness(&api, 200)?;
    disk.fill()?;
    let not_ready = readiness(&api, 503)?;
    ensure!(not_ready.to_string().contains(FULL), "{not_ready}");
    disk.free()?;
    readiness(&api, 200)?;
    Ok(())
}

#[test]
fn a_full_target_keeps_no_part_of_a_file() -> Result<()> {
    let grantd = Grantd::start()?;
    let folder = TempDir::new()?;
    let disk = Disk::over(folder.path(), "64k")?;
    disk.fill()?;
    let target = folder.path().join("file");
    let target = target.to_str().context("path")?;
    let passphrase = grantd.write_file("passphrase", "correct horse battery")?;
    let state = grantd.state();
    let state = state.to_str().context("path")?;
    let export = [
        "keyring",
        "export",
        target,
        "--passphrase-file",
        &passphrase,
    ];
    for small in [false, true] {
        if small {
            // the file begins, and does not end
            disk.resize("72k")?;
        }
        refused(grantd.cli(&["backup", "create", target], "")?)?;
        ensure!(disk.names()? == ["filler"], "{:?}", disk.names()?);
    }
    disk.fill()?;
    refused(grantd.cli(&["audit", "export", "--to", target], "")?)?;
    refused(command(folder.path(), Path::new(state), &export)?)?;
    ensure!(disk.names()? == ["filler"], "{:?}", disk.names()?);
    disk.resize("16m")?;
    grantd.cli(&["backup", "create", target], "")?.expect(0)?;
    Ok(())
}

#[test]
fn a_restore_into_a_full_place_leaves_it_empty() -> Result<()> {
    let grantd = Grantd::start()?;
    let backup = grantd
        .write_file("place", "")?
        .replace("place", "one.backup");
    grantd.cli(&["backup", "create", &backup], "")?.expect(0)?;
    let folder = TempDir::new()?;
    let disk = Disk::over(folder.path(), "64k")?;
    let restore = || {
        command(
            folder.path(),
            folder.path(),
            &["backup", "restore", &backup],
        )
    };
    refused(restore()?)?;
    ensure!(disk.names()? == ["lock"], "{:?}", disk.names()?);
    disk.resize("16m")?;
    restore()?.expect(0)?;
    ensure!(
        disk.names()? == ["grantd.db", "lock"],
        "{:?}",
        disk.names()?
    );
    Ok(())
}

/// Runs the binary over a state folder to its end, without a server.
fn command(folder: &Path, state: &Path, arguments: &[&str]) -> Result<Finished> {
    let mut command = Command::new(environment::binary()?);
    command.env_clear().env("HOME", folder);
    command.arg("--state-dir").arg(state).args(arguments);
    Finished::of(&mut command, "")
}
