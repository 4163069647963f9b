//! Every kind of secret, and every place where it could be seen: none is.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks at what a process leaves in files and in /proc"
)]

use std::fs;
use std::os::unix::process::ExitStatusExt;

use anyhow::{Context, Result, ensure};
use e2e::grantd::{Grantd, Settings};
use e2e::http::Request;
use e2e::mail::MailServer;
use e2e::port;
use serde_json::{Value, json};

const MAILBOX: &str = "canary@contoso.example";

/// Secrets that people hand in, each with what it is.
const HANDED_IN: [(&str, &str); 6] = [
    ("client secret", "canary-client-secret-Vq3x"),
    ("next client secret", "canary-next-secret-Lm8w"),
    ("secret parameter", "canary-parameter-Ht5b"),
    ("secret header", "canary-header-Zr2n"),
    ("secret of a source", "canary-source-secret-Pd7k"),
    ("address of a chat", "canary-chat-path-Wy4f"),
];

fn handed_in(what: &str) -> &'static str {
    let found = HANDED_IN.iter().find(|(name, _)| *name == what);
    found.map_or("", |(_, secret)| secret)
}

/// Hands in one of each kind; what grantd makes is watched as well.
fn hand_in(grantd: &Grantd, server: &MailServer) -> Result<()> {
    let (api, canaries) = (grantd.api()?, grantd.canaries());
    for (what, secret) in HANDED_IN {
        canaries.watch(what, secret);
    }
    let draft = json!({
        "name": "Full", "client_id": "canary-client", "client_secret": handed_in("client secret"),
        "token_endpoint": server.token_endpoint()?, "scope": "a",
        "token_endpoint_auth_method": "client_secret_basic",
        "parameters": [{"name": "extra", "value": handed_in("secret parameter"), "secret": true}],
        "headers": [{"name": "X-Extra", "value": handed_in("secret header")}],
    });
    let added = api.post_credential(&draft)?.expect(201)?;
    let revision = added.header("etag").map(str::to_owned);
    // refused by the server: the failure is written down everywhere
    api.post_token("full")?.expect(502)?;
    let next = json!({"client_secret": handed_in("next client secret")});
    let path = "/v1/credentials/full/secrets";
    let rotated = api.post_matching(path, revision.as_deref(), &next)?;
    ensure!(rotated.status < 300, "{rotated:?}");
    api.add(&server.credential()?)?;
    api.token("mailer")?;
    let source = json!({
        "name": "service", "kind": "https", "https": {"url": "https://secrets.example.test/{path}", "header": "X-Key"},
        "secret": handed_in("secret of a source"), "paths": ["*"], "origins": ["*"],
    });
    let made = api.post("/v1/sources", &source)?;
    ensure!(made.status == 201, "{made:?}");
    let chat = format!(
        "https://hooks.example.test/{}",
        handed_in("address of a chat")
    );
    let chat = json!({"name": "chat", "kind": "chat", "chat": {"form": "slack"}, "secret": chat});
    api.post("/v1/alert_channels", &chat)?.expect(201)?;
    // made here, shown once
    let hook = json!({"name": "hook", "kind": "webhook", "webhook": {"url": "https://alerts.example.test/in"}});
    let hook = api.post("/v1/alert_channels", &hook)?.expect(201)?.json()?;
    canaries.watch(
        "signing secret",
        hook["signing_secret"].as_str().context("no secret")?,
    );
    let key = json!({"name": "key", "grants": [{"action": "read", "on": "all"}]});
    let key = api.post("/v1/keys", &key)?.expect(201)?.json()?;
    canaries.watch("API key", key["key"].as_str().context("no key")?);
    let keyring = fs::read_to_string(grantd.state().join("keyring.json"))?;
    let keyring: Value = serde_json::from_str(&keyring)?;
    let key = keyring["keys"][0]["key"].as_str().context("no key")?;
    canaries.watch("key of the keyring", key);
    Ok(())
}

/// Requests that are refused, with secrets in them.
fn refused(grantd: &Grantd) -> Result<()> {
    let api = grantd.api()?;
    for (_, secret) in HANDED_IN {
        for body in [
            json!({"name": "", "client_secret": secret, "client_id": 1}),
            json!({"client_secret": [secret], "unknown": secret}),
            json!({"name": "x", "client_secret": secret, "token_endpoint": "no url"}),
        ] {
            // each answer is searched by the client itself
            let answer = api.post("/v1/credentials", &body)?;
            ensure!((400..500).contains(&answer.status), "{answer:?}");
        }
    }
    Ok(())
}

#[test]
fn no_secret_is_anywhere_where_it_can_be_seen() -> Result<()> {
    let server = MailServer::start_alone(&[MAILBOX])?;
    let metrics = port::free()?;
    let mut grantd = Grantd::start_with(&Settings {
        more: format!("[log]\nlevel = \"trace\"\n\n[metrics]\nlisten = \"127.0.0.1:{metrics}\"\n"),
        ..Settings::default()
    })?;
    hand_in(&grantd, &server)?;
    refused(&grantd)?;
    let (api, canaries) = (grantd.api()?, grantd.canaries().clone());
    for path in [
        "/v1/credentials",
        "/v1/credentials/full",
        "/v1/credentials/full/events",
        "/v1/sources",
        "/v1/sources/service",
        "/v1/alert_channels",
        "/v1/alert_channels/hook",
        "/v1/alert_channels/chat/deliveries",
        "/v1/keys",
        "/v1/keyring",
        "/v1/audit?limit=200",
        "/v1/audit/export",
        "/v1/export",
        "/openapi.json",
    ] {
        api.get(path)?.expect(200)?;
    }
    let url = format!("http://127.0.0.1:{metrics}/metrics");
    canaries.assert_absent(
        "the metrics",
        &Request::new("GET", &url).send()?.expect(200)?.body,
    );
    // files that grantd writes for people
    for (name, command) in [
        ("a backup", vec!["backup", "create"]),
        ("an export of the log", vec!["audit", "export", "--to"]),
    ] {
        let file = grantd
            .write_file("out.place", "")?
            .replace(".place", &name.replace(' ', "-"));
        let mut arguments = command.clone();
        arguments.push(&file);
        grantd.cli(&arguments, "")?.expect(0)?;
        canaries.assert_absent(name, &String::from_utf8_lossy(&fs::read(&file)?));
    }
    let process = grantd.process_id();
    for what in ["cmdline", "environ"] {
        let bytes = fs::read(format!("/proc/{process}/{what}"))?;
        canaries.assert_absent(what, &String::from_utf8_lossy(&bytes));
    }
    grantd.assert_no_leak_but(&["admin.key", "keyring.json"])?;
    // the keyring is the one place of its keys: what is looked at after this must not hold it
    fs::remove_file(grantd.state().join("keyring.json"))?;
    // it would write a core dump here, if it were allowed to
    let ended = grantd.end_by("ABRT")?;
    ensure!(
        ended.signal() == Some(6) && !ended.core_dumped(),
        "{ended:?}"
    );
    let folder = grantd.state();
    let folder = folder.parent().context("no folder")?;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        ensure!(
            !name.to_string_lossy().starts_with("core"),
            "{}",
            name.display()
        );
    }
    Ok(())
}
