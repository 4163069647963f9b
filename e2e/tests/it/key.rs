//! API keys: needed for everything, made by the API and the command line.

use anyhow::{Context, Result};
use e2e::grantd::Grantd;

use crate::expected;

#[test]
fn without_a_key_nothing_is_shown() -> Result<()> {
    let grantd = Grantd::start()?;
    for path in ["/v1/credentials", "/v1/keys", "/v1/audit"] {
        let without = grantd.api()?.without_key();
        expected::NO_KEY.check_status(401, &without.get(path)?)?;
        let wrong = grantd.api()?.with_key("gk_wrong_wrong");
        expected::WRONG_KEY.check_status(401, &wrong.get(path)?)?;
        grantd.api()?.get(path)?.expect(200)?;
    }
    Ok(())
}

#[test]
fn a_revoked_key_ends_at_once() -> Result<()> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let made = api
        .post("/v1/keys", &expected::key("Second"))?
        .expect(201)?
        .json()?;
    let key = made["key"].as_str().context("no key in the answer")?;
    assert!(key.starts_with("gk_"));
    grantd.canaries().watch("API key", key);
    let second = api.with_key(key);
    second.get("/v1/credentials")?.expect(200)?;
    let id = made["id"].as_str().context("no id")?;
    let path = format!("/v1/keys/{id}");
    api.delete(&path, None)?.expect(204)?;
    expected::REVOKED_KEY.check_status(401, &second.get("/v1/credentials")?)
}

#[test]
fn the_command_line_makes_one() -> Result<()> {
    let grantd = Grantd::start()?;
    let made = grantd.cli(&expected::KEY_CREATE, "")?.expect(0)?;
    let key = made
        .stdout
        .split_whitespace()
        .find(|word| word.starts_with("gk_"));
    let key = key.context("no key in the output")?;
    grantd.canaries().watch("API key", key);
    grantd
        .api()?
        .with_key(key)
        .get("/v1/credentials")?
        .expect(200)?;
    let listed = grantd.api()?.get("/v1/keys")?.expect(200)?;
    assert!(listed.body.contains("Second"));
    Ok(())
}
