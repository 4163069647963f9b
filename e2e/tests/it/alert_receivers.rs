//! Alerts, as receivers nobody here wrote get them: webhooks checked by the published library and the published
//! schema, mails by a mail server with TLS and a user.
#![expect(
    clippy::disallowed_methods,
    reason = "it waits by the clock, and writes the examples of the book into files"
)]

mod book;
mod crash;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::grantd::Grantd;
use e2e::peer::{AlertReceivers, Client, Method, USER};
use serde_json::{Value, json};

use crate::draft;

/// How long it may take until all is delivered.
const ARRIVES: Duration = Duration::from_mins(1);

/// A credential of an authorization server that nobody runs, so that it fails.
fn broken(name: &str) -> Value {
    let client = Client::new("x", "canary-client-secret", Method::Post);
    draft::credential(name, &client, "http://127.0.0.1:1/token")
}

fn webhook(grantd: &Grantd, receivers: &AlertReceivers) -> Result<String> {
    let channel = json!({"name": "hook", "webhook": {"url": receivers.webhook()}});
    let added = grantd.api()?.post("/v1/alert_channels", &channel)?;
    let added = added.expect(201)?.json()?;
    let secret = added["signing_secret"].as_str().context("no secret")?;
    grantd.canaries().watch("a signing secret", secret);
    receivers.knows(secret)?;
    Ok(secret.to_owned())
}

/// A grantd that tells at once what may pass by itself.
fn started() -> Result<Grantd> {
    Grantd::start_with(&e2e::grantd::Settings {
        more: "[alerts]\ntransient_after_minutes = 0\n[console]\nbadge = \"e2e\"\n".to_owned(),
        ..e2e::grantd::Settings::default()
    })
}

/// What went to a channel, once it is so much and all of it was delivered.
fn delivered(grantd: &Grantd, channel: &str, number: usize) -> Result<Vec<Value>> {
    let begun = Instant::now();
    loop {
        let path = format!("/v1/alert_channels/{channel}/deliveries");
        let listed = grantd.api()?.get(&path)?.expect(200)?.json()?;
        let items = listed["items"].as_array().context("no list")?;
        let done = items.iter().filter(|it| it["state"] == "delivered").count();
        if done == number && items.len() == number {
            return Ok(items.clone());
        }
        ensure!(begun.elapsed() < ARRIVES, "{number} expected: {listed}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_webhook_is_what_the_published_library_and_schema_expect() -> Result<()> {
    let receivers = AlertReceivers::start("starttls")?;
    let mut grantd = started()?;
    let old = webhook(&grantd, &receivers)?;
    let tested = grantd.cli(&["alert", "test", "hook"], "")?;
    ensure!(tested.code == 0, "{}{}", tested.stdout, tested.stderr);
    let api = grantd.api()?;
    api.add(&broken("Sales"))?;
    api.get("/v1/credentials/sales/token")?;
    let came = receivers.wait_for(2)?;
    ensure!(came.iter().all(|it| it["verdict"] == "good"), "{came:?}");
    let message = &came[1]["message"];
    ensure!(message["type"] == "credential.failing", "{message}");
    ensure!(message["data"]["class"] == "connect_refused", "{message}");
    ensure!(
        message["data"]["installation"]["badge"] == "e2e",
        "{message}"
    );

    // the old secret is good for a while after a rotation, and so is the new one
    let made = grantd.cli(&["--output", "json", "alert", "rotate", "hook"], "");
    let new: Value = serde_json::from_str(&made?.stdout)?;
    let new = new["signing_secret"].as_str().context("no secret")?;
    grantd.canaries().watch("a signing secret", new);
    for secret in [old.as_str(), new] {
        receivers.knows(secret)?;
        let tested = grantd.cli(&["alert", "test", "hook"], "")?;
        ensure!(tested.code == 0, "{}{}", tested.stdout, tested.stderr);
    }
    receivers.knows("whsec_c29tZWJvZHkgZWxzZSBrbm93cyBhbm90aGVy")?;
    let tested = grantd.cli(&["alert", "test", "hook"], "")?;
    ensure!(tested.code != 0, "{}{}", tested.stdout, tested.stderr);

    // what was told is not told again after a kill
    receivers.knows(new)?;
    grantd.restart()?;
    grantd.api()?.get("/v1/credentials/sales/token")?;
    std::thread::sleep(Duration::from_secs(25));
    let failing = receivers.received()?;
    let failing = failing
        .iter()
        .filter(|it| it["message"]["type"] == "credential.failing");
    ensure!(failing.count() == 1, "{:?}", receivers.received()?);
    Ok(())
}

fn mail(grantd: &Grantd, receivers: &AlertReceivers, how: &str, to: &[&str]) -> Result<()> {
    grantd.canaries().watch("a password", USER.1);
    let channel = json!({
        "name": "mail", "kind": "email", "secret": USER.1, "ca_bundle": receivers.authority(),
        "email": {
            "host": "localhost", "port": receivers.smtp_port(), "security": how, "username": USER.0,
            "from": "grantd@example.com", "to": to,
        },
    });
    let added = grantd.api()?.post("/v1/alert_channels", &channel)?;
    added.expect(201)?;
    Ok(())
}

fn check_mail(how: &str) -> Result<()> {
    let receivers = AlertReceivers::start(how)?;
    let grantd = started()?;
    let to = ["ops@example.com", "nobody@example.com"];
    mail(&grantd, &receivers, how, &to)?;
    let tested = grantd.cli(&["alert", "test", "mail"], "")?;
    ensure!(tested.code == 0, "{}{}", tested.stdout, tested.stderr);
    ensure!(tested.stdout.contains("taken"), "{}", tested.stdout);
    ensure!(
        tested.stdout.contains("nobody@example.com"),
        "{}",
        tested.stdout
    );
    let api = grantd.api()?;
    api.add(&broken("B\u{fc}ro"))?;
    api.get("/v1/credentials/buro/token")?;
    let came = receivers.wait_for(2)?;
    for mail in &came {
        ensure!(mail["tls"] == true && mail["user"] == "grantd", "{mail}");
        ensure!(mail["to"] == json!(["ops@example.com"]), "{mail}");
        ensure!(mail["automatic"] == "auto-generated", "{mail}");
    }
    let told = &came[1];
    ensure!(
        told["subject"] == "[e2e] credential B\u{fc}ro is failing (connect refused)",
        "{told}"
    );
    let text = told["text"].as_str().unwrap_or_default();
    ensure!(text.contains("/console/credentials/"), "{text}");
    Ok(())
}

#[test]
fn a_mail_is_handed_over_after_starttls() -> Result<()> {
    check_mail("starttls")
}

#[test]
fn a_mail_comes_again_for_those_alone_who_were_put_off() -> Result<()> {
    let receivers = AlertReceivers::start("starttls")?;
    let grantd = started()?;
    let to = ["ops@example.com", "nobody@example.com", "later@example.com"];
    mail(&grantd, &receivers, "starttls", &to)?;
    let api = grantd.api()?;
    api.add(&broken("Sales"))?;
    api.get("/v1/credentials/sales/token")?;
    let came = receivers.wait_for(2)?;
    ensure!(came[0]["to"] == json!(["ops@example.com"]), "{came:?}");
    ensure!(came[1]["to"] == json!(["later@example.com"]), "{came:?}");
    ensure!(came[0]["id"] == came[1]["id"], "{came:?}");
    let told = delivered(&grantd, "mail", 1)?.remove(0);
    ensure!(told["attempts"] == 2, "{told}");
    let detail = told["last"]["detail"].as_str().unwrap_or_default();
    ensure!(detail.contains("nobody@example.com (550"), "{told}");
    Ok(())
}

#[test]
fn a_mail_is_handed_over_by_tls() -> Result<()> {
    check_mail("tls")
}

#[test]
fn a_mail_server_that_is_another_gets_no_password() -> Result<()> {
    let receivers = AlertReceivers::start("starttls")?;
    let grantd = started()?;
    let to = ["ops@example.com"];
    mail(&grantd, &receivers, "starttls", &to)?;
    let api = grantd.api()?;
    // without the authority nobody vouches for it
    let patch = json!({"ca_bundle": null, "secret": USER.1});
    api.patch("/v1/alert_channels/mail", Some("*"), &patch)?
        .expect(200)?;
    let tested = grantd.cli(&["alert", "test", "mail"], "")?;
    ensure!(tested.code != 0, "{}", tested.stdout);
    ensure!(tested.stdout.contains("tls failed"), "{}", tested.stdout);
    // and a wrong password is told as such, without it
    let patch = json!({"ca_bundle": receivers.authority(), "secret": "canary-wrong-password"});
    grantd
        .canaries()
        .watch("a password", "canary-wrong-password");
    api.patch("/v1/alert_channels/mail", Some("*"), &patch)?
        .expect(200)?;
    let tested = grantd.cli(&["alert", "test", "mail"], "")?;
    ensure!(tested.stdout.contains("login refused"), "{}", tested.stdout);
    ensure!(receivers.received()?.is_empty());
    Ok(())
}
