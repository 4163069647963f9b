//! Schemathesis reads the OpenAPI document of a running grantd and sends what it makes of it: no
//! fault of grantd, no answer that the document does not describe. How it is run stands in
//! `peers/schemathesis.toml`.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::grantd::Grantd;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Far more than it takes, in seconds.
const WITHIN: &str = "90";

/// It learns ids from answers, so it revokes the key with which it works: last of all.
const REVOKE: &str = "DELETE /v1/keys/{key}";

/// What goes out to the authorization server of a credential, while the one whose endpoint is on
/// this machine is still there: first of all.
const OUTGOING: [&str; 3] = [
    "GET /v1/credentials/{credential}/token",
    "POST /v1/credentials/{credential}/token",
    "POST /v1/credentials/{credential}/renew",
];

/// These go out to whatever a draft names, which would be looked up by name.
const TRIALS: [&str; 2] = ["POST /v1/validations", "POST /v1/listener_tests"];

#[test]
fn every_operation_answers_as_the_document_says() -> Result<()> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let local = json!({
        "name": "Local", "client_id": "client", "client_secret": "canary-schemathesis-Hd4",
        "token_endpoint": "http://127.0.0.1:9/token", "scope": "a",
    });
    assert_eq!(api.add(&local)?, "local");
    let everything = json!({"name": "Schemathesis", "role": "admin"});
    let made = api.post("/v1/keys", &everything)?.expect(201)?.json()?;
    let key = made["key"].as_str().context("no key in the answer")?;
    grantd.canaries().watch("API key", key);
    let outgoing = OUTGOING.map(|name| ["--include-name", name]);
    let report = run(&grantd, key, outgoing.as_flattened())?;
    ensure!(report.contains("Tested: 3\n"), "{report}");
    let fetched = audited(&grantd, "token.fetch")?;
    ensure!(
        !fetched.is_empty() && fetched.iter().all(|name| name == "Local"),
        "tokens were asked for elsewhere: {fetched:?}"
    );
    let [get, post, renew] = OUTGOING;
    let [validate, test] = TRIALS;
    let apart = [get, post, renew, validate, test, REVOKE].map(|name| ["--exclude-name", name]);
    let report = run(&grantd, key, apart.as_flattened())?;
    let all_others = operations(&grantd)? - apart.len();
    ensure!(
        report.contains(&format!("Tested: {all_others}\n")),
        "{all_others} wanted: {report}"
    );
    let validated = audited(&grantd, "credential.validate")?;
    ensure!(
        validated.is_empty(),
        "drafts were tried elsewhere: {validated:?}"
    );
    ensure!(
        audited(&grantd, "credential.create")?.len() > 1,
        "it added no credential: {report}"
    );
    let report = run(&grantd, key, &["--include-name", REVOKE])?;
    ensure!(report.contains("Tested: 1\n"), "{report}");
    Ok(())
}

/// How many operations the document describes.
fn operations(grantd: &Grantd) -> Result<usize> {
    let document = grantd.api()?.get("/openapi.json")?.expect(200)?.json()?;
    let paths = document["paths"].as_object().context("no paths")?;
    let methods = paths.values().filter_map(Value::as_object);
    Ok(methods.map(serde_json::Map::len).sum())
}

/// The names of what was done so to, newest first, as far as one page goes.
fn audited(grantd: &Grantd, action: &str) -> Result<Vec<String>> {
    let path = format!("/v1/audit?limit=200&action={action}");
    let log = grantd.api()?.get(&path)?.expect(200)?.json()?;
    let items = log["items"].as_array().context("no items")?;
    let name = |item: &Value| item["object_name"].as_str().unwrap_or_default().to_owned();
    Ok(items.iter().map(name).collect())
}

/// Runs it in a folder of its own; its report, if all is as the document says.
fn run(grantd: &Grantd, key: &str, selection: &[&str]) -> Result<String> {
    let folder = TempDir::new()?;
    let program = environment::schemathesis()?;
    let mut command = Command::new("/usr/bin/timeout");
    command.args(["--kill-after=5", WITHIN]).arg(program);
    command.env_clear().env("HOME", folder.path());
    command
        .env("GRANTD_API_KEY", key)
        .current_dir(folder.path());
    command.arg("--config-file");
    command.arg(environment::scripts().join("schemathesis.toml"));
    command
        .arg("run")
        .arg(format!("{}/openapi.json", grantd.url()));
    command.args(["--no-color", "--continue-on-failure"]);
    command.args(selection).stdin(Stdio::null());
    let ended = command.output().context("schemathesis does not start")?;
    let report = String::from_utf8(ended.stdout)?;
    let told = String::from_utf8_lossy(&ended.stderr);
    grantd.canaries().assert_absent("its report", &report);
    ensure!(ended.status.success(), "{}: {report}{told}", ended.status);
    Ok(report)
}
