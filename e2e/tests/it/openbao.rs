//! Tests that need OpenBao: `cargo xtask test` knows them by the name of this module.

mod keyring;
mod logins;
mod oidc_provider;
mod outage;
mod secrets;

use std::time::Duration;

use anyhow::{Result, bail};
use e2e::grantd::{Api, Grantd};
use e2e::peer::OpenBao;
use serde_json::{Value, json};

/// Where secrets may go in these tests.
const ENDPOINT: &str = "https://login.example.com/token";

/// A source over this server that grantd signs in to so.
fn source(bao: &OpenBao, name: &str, login: &Value, secret: &str) -> Value {
    json!({
        "name": name,
        "vault": {"address": bao.url(), "login": login, "ca_bundle": bao.authority()},
        "secret": secret, "paths": ["apps/*"], "origins": ["https://login.example.com"],
        "fresh_s": 1, "stale_s": 3600,
    })
}

/// Adds it.
fn add(api: &Api, source: &Value) -> Result<()> {
    api.post("/v1/sources", source)?.expect(201).map(drop)
}

/// A token of the policy `grantd`, good for so long.
fn token(bao: &OpenBao, ttl: &str) -> Result<String> {
    let made = bao.post(
        "auth/token/create",
        &json!({"policies": ["grantd"], "ttl": ttl}),
    )?;
    Ok(made["auth"]["client_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

/// Tries to read a secret.
fn read(api: &Api, source: &str, path: &str, key: &str, version: Option<&str>) -> Result<Value> {
    let form = json!({
        "source": source, "path": path, "key": key, "version": version, "token_endpoint": ENDPOINT,
    });
    api.post("/v1/reference_tests", &form)?.expect(200)?.json()
}

/// The class of what came of it.
fn class(api: &Api, source: &str, path: &str) -> Result<String> {
    let test = read(api, source, path, "/client_secret", None)?;
    Ok(test["class"].as_str().unwrap_or_default().to_owned())
}

/// Waits until something holds.
fn eventually(within: Duration, what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let pause = Duration::from_millis(200);
    for _ in 0..within.as_millis() / pause.as_millis() {
        if holds()? {
            return Ok(());
        }
        std::thread::sleep(pause);
    }
    bail!("{what}: not within {within:?}")
}

/// A grantd whose output and state must never hold these values.
fn watched(values: &[&str]) -> Result<Grantd> {
    let grantd = Grantd::start()?;
    for value in values {
        grantd.canaries().watch("a secret", value);
    }
    Ok(grantd)
}
