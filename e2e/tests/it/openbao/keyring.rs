//! The keyring under a transit key, and moving it while grantd serves.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks at files of grantd, and waits beside it"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use anyhow::Result;
use e2e::grantd::{Grantd, Settings};
use e2e::peer::OpenBao;
use serde_json::json;

use super::{eventually, token};

fn section(bao: &OpenBao, folder: &tempfile::TempDir) -> Result<String> {
    let (secret, authority) = (folder.path().join("token"), folder.path().join("ca.pem"));
    write(&secret, &token(bao, "1h")?)?;
    write(&authority, bao.authority().unwrap_or_default())?;
    Ok(format!(
        "[keyring]\nkind = \"transit\"\naddress = {:?}\nkey = \"grantd\"\nsecret_file = \"{}\"\nca_bundle = \"{}\"\n",
        bao.url(),
        secret.display(),
        authority.display()
    ))
}

fn write(path: &std::path::Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(())
}

fn some_credentials(grantd: &Grantd, number: usize) -> Result<()> {
    let api = grantd.api()?;
    for at in 0..number {
        api.add(&json!({
            "name": format!("Kept {at}"), "client_id": "x", "client_secret": "canary-kept-in-here",
            "secret_source": "internal", "token_endpoint": "https://login.example.com/token",
            "scope": "a", "token_endpoint_auth_method": "client_secret_post",
        }))?;
    }
    Ok(())
}

#[test]
fn a_keyring_under_a_transit_key_opens_what_it_sealed() -> Result<()> {
    let bao = OpenBao::start(true)?;
    let folder = tempfile::tempdir()?;
    let mut grantd = Grantd::start_with(&Settings {
        more: section(&bao, &folder)?,
        ..Settings::default()
    })?;
    some_credentials(&grantd, 3)?;
    assert!(!grantd.state().join("keyring.json").exists());
    let keyring = grantd.api()?.get("/v1/keyring")?.expect(200)?.json()?;
    assert!(
        keyring["place"]
            .as_str()
            .unwrap_or_default()
            .contains("transit"),
        "{keyring}"
    );
    assert_eq!(keyring["values_left"], 0);
    grantd.restart()?;
    let again = grantd.api()?.get("/v1/keyring")?.expect(200)?.json()?;
    assert_eq!(again, keyring);
    // sealed, the start waits and says so
    grantd.kill();
    bao.seal()?;
    let unsealing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(4));
        bao.unseal().map(|()| bao)
    });
    grantd.start_again()?;
    let _bao = unsealing
        .join()
        .map_err(|_| anyhow::anyhow!("unsealing"))??;
    let again = grantd.api()?.get("/v1/keyring")?.expect(200)?.json()?;
    assert_eq!(again, keyring);
    grantd.assert_no_leak()
}

#[test]
fn a_keyring_is_moved_while_grantd_serves() -> Result<()> {
    let bao = OpenBao::start(true)?;
    let folder = tempfile::tempdir()?;
    let mut grantd = Grantd::start()?;
    some_credentials(&grantd, 1_200)?;
    let before = grantd.api()?.get("/v1/keyring")?.expect(200)?.json()?;
    let section = section(&bao, &folder)?;
    grantd.configure(&format!("{section}[keyring.from]\nkind = \"file\"\n"))?;
    // killed while it moves, it goes on where it was
    for _ in 0..4 {
        grantd.restart()?;
    }
    let api = grantd.api()?;
    let moved = || api.get("/v1/keyring")?.expect(200)?.json();
    eventually(Duration::from_secs(30), "all values are moved", || {
        Ok(moved()?["values_left"] == 0)
    })?;
    let after = moved()?;
    assert_ne!(after["key"], before["key"]);
    assert_eq!(after["values"], before["values"]);
    // the old configuration is refused, and makes nothing anew
    grantd.configure("")?;
    grantd.kill();
    let keyring = fs::read(grantd.state().join("keyring.json"))?;
    let refused = grantd.start_again().unwrap_err().to_string();
    assert!(
        refused.contains("is not the one of this database"),
        "{refused}"
    );
    assert_eq!(fs::read(grantd.state().join("keyring.json"))?, keyring);
    // a new keyring that is lost is not made a second time
    grantd.configure(&format!("{section}[keyring.from]\nkind = \"file\"\n"))?;
    let (here, away) = (
        grantd.state().join("keyring.transit.json"),
        folder.path().join("away"),
    );
    fs::copy(&here, &away)?;
    fs::remove_file(&here)?;
    let refused = grantd.start_again().unwrap_err().to_string();
    assert!(refused.contains("is missing"), "{refused}");
    assert!(!here.exists());
    write(&here, &fs::read_to_string(&away)?)?;
    // the old keyring is not needed any more
    grantd.configure(&section)?;
    fs::remove_file(grantd.state().join("keyring.json"))?;
    grantd.restart()?;
    let api = grantd.api()?;
    let drafts = api.get("/v1/credentials?limit=1")?.expect(200)?.json()?;
    assert_eq!(drafts["items"].as_array().map(Vec::len), Some(1));
    some_credentials_open(&grantd)?;
    grantd.assert_no_leak()
}

/// A sealed secret is opened for a request, which fails at the server and not at the seal.
fn some_credentials_open(grantd: &Grantd) -> Result<()> {
    let api = grantd.api()?;
    let answer = api.post_token("kept-0")?;
    let text = answer.body;
    assert!(!text.contains("seal"), "{text}");
    assert_ne!(answer.status, 500, "{text}");
    Ok(())
}
