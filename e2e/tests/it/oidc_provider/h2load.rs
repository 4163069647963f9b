//! Many requests at once from another process, over HTTP/2 and TLS.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::grantd::{Grantd, Settings};
use e2e::peer::{self, OidcProvider};
use serde_json::json;

use crate::{clients, draft};

/// Requests at once on each connection.
const STREAMS: usize = 100;

/// How long the provider takes for a token, in milliseconds.
const DELAY_MS: u32 = 3000;

/// A provider that takes its time, so that all requests are there before the first token is.
fn slow_provider(client: &peer::Client) -> Result<OidcProvider> {
    let settings = peer::Settings {
        token_delay_ms: DELAY_MS,
        ..peer::Settings::default()
    };
    OidcProvider::start(std::slice::from_ref(client), settings)
}

fn grantd_with_tls() -> Result<Grantd> {
    Grantd::start_with(&Settings {
        tls: true,
        ..Settings::default()
    })
}

/// A key that may only get tokens.
fn token_key(grantd: &Grantd) -> Result<String> {
    let wanted = json!({"name": "load", "grants": [{"action": "token", "on": "all"}]});
    let made = grantd
        .api()?
        .post("/v1/keys", &wanted)?
        .expect(201)?
        .json()?;
    let key = made["key"].as_str().context("no key in the answer")?;
    grantd.canaries().watch("API key", key);
    Ok(key.to_owned())
}

/// As many requests as there are streams on so many connections, all at once.
fn load(grantd: &Grantd, slug: &str, key: &str, connections: usize) -> Result<Child> {
    let requests = (connections * STREAMS).to_string();
    let (connections, streams) = (connections.to_string(), STREAMS.to_string());
    Command::new(environment::h2load()?)
        .args([
            "-n",
            &requests,
            "-c",
            &connections,
            "-m",
            &streams,
            "-t",
            "1",
        ])
        .args(["-H", &format!("Authorization: Bearer {key}")])
        .arg(format!("{}/v1/credentials/{slug}/token", grantd.url()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("h2load does not start")
}

#[test]
fn ten_thousand_requests_in_flight_make_one_token_request_and_all_are_served() -> Result<()> {
    let client = clients::ordinary();
    let provider = slow_provider(&client)?;
    let grantd = grantd_with_tls()?;
    let credential = draft::credential("Herd", &client, &provider.token_endpoint());
    let slug = grantd.api()?.add(&credential)?;
    let key = token_key(&grantd)?;
    let finished = load(&grantd, &slug, &key, 100)?.wait_with_output()?;
    let report = String::from_utf8_lossy(&finished.stdout);
    ensure!(
        report.contains("status codes: 10000 2xx, 0 3xx, 0 4xx, 0 5xx"),
        "not everyone was served: {report}"
    );
    ensure!(
        report.contains("10000 succeeded, 0 failed, 0 errored, 0 timeout"),
        "{report}"
    );
    let made = provider.grants()?.len();
    ensure!(made == 1, "{made} token requests");
    Ok(())
}
