//! Validate at a real authorization server: each step, and what is to be done about the one that
//! fails.

use anyhow::{Context, Result, ensure};
use e2e::grantd::Grantd;
use e2e::peer::{OidcProvider, Settings};
use serde_json::{Value, json};

use crate::{clients, draft};

/// Name and outcome of each step.
fn outline(validation: &Value) -> Vec<(&str, &str)> {
    let steps = validation["steps"].as_array().into_iter().flatten();
    steps
        .filter_map(|step| Some((step["step"].as_str()?, step["outcome"].as_str()?)))
        .collect()
}

fn failed(validation: &Value) -> Result<&Value> {
    let mut steps = validation["steps"].as_array().into_iter().flatten();
    steps
        .find(|step| step["outcome"] == "failed")
        .with_context(|| format!("no step failed: {validation}"))
}

#[test]
fn settings_that_work_show_their_steps_and_what_the_token_says() -> Result<()> {
    let resource = "https://api.example";
    let resources = json!({resource: {"scope": "mail.read", "format": "jwt"}});
    let client = clients::delicate();
    let provider = OidcProvider::start(
        std::slice::from_ref(&client),
        Settings {
            resources: Some(resources),
            ..Settings::default()
        },
    )?;
    let grantd = Grantd::start()?;
    grantd.canaries().watch_client(&client.id, &client.secret);
    let credential = draft::credential("Mail", &client, &provider.token_endpoint());
    let draft = draft::with(credential, &json!({"resources": [resource]}));
    let body = json!({"draft": draft});
    let validation = grantd
        .api()?
        .post("/v1/validations", &body)?
        .expect(200)?
        .json()?;
    assert_eq!(validation["result"], "done", "{validation}");
    assert_eq!(
        outline(&validation),
        [
            ("secret", "done"),
            ("egress_policy", "done"),
            ("tcp", "done"),
            ("token_request", "done"),
            ("token_response", "done"),
        ]
    );
    let token = &validation["token"];
    assert_eq!(token["asked_scope"], "mail.read");
    assert_eq!(token["claims"]["aud"], json!([resource]));
    assert_eq!(token["claims"]["client_id"], client.id);
    ensure!(token["claims"]["exp"].is_string(), "{token}");
    assert_eq!(provider.grants()?.len(), 1, "not retried");
    let none = grantd.api()?.get("/v1/credentials")?.expect(200)?.json()?;
    assert_eq!(none["items"], json!([]), "nothing is kept");
    Ok(())
}

#[test]
fn each_refusal_is_explained_at_its_step() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(std::slice::from_ref(&client), Settings::default())?;
    let grantd = Grantd::start()?;
    let endpoint = provider.token_endpoint();
    let closed = format!("http://127.0.0.1:{}/token", e2e::port::free()?);
    let good = draft::credential("Mail", &client, &endpoint);
    for (members, step, class) in [
        (
            json!({"client_secret": "not-the-secret-Zz9"}),
            "token_response",
            "invalid_client",
        ),
        (
            json!({"client_id": "unknown"}),
            "token_response",
            "invalid_client",
        ),
        (
            json!({"token_endpoint": provider.url("/nowhere")}),
            "token_response",
            "no_such_endpoint",
        ),
        (json!({"token_endpoint": closed}), "tcp", "connect_refused"),
    ] {
        let body = json!({"draft": draft::with(good.clone(), &members)});
        let validation = grantd
            .api()?
            .post("/v1/validations", &body)?
            .expect(200)?
            .json()?;
        assert_eq!(validation["result"], "failed");
        let failed = failed(&validation)?;
        assert_eq!(
            (&failed["step"], &failed["class"]),
            (&json!(step), &json!(class))
        );
        ensure!(failed["remedy"].is_string(), "{failed}");
    }
    Ok(())
}

#[test]
fn the_command_tells_it_by_its_exit_code() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(std::slice::from_ref(&client), Settings::default())?;
    let grantd = Grantd::start()?;
    let good = draft::credential("Good", &client, &provider.token_endpoint());
    let bad = draft::with(
        good.clone(),
        &json!({"name": "Bad", "client_secret": "not-the-secret-Zz9"}),
    );
    let api = grantd.api()?;
    let (good, bad) = (api.add(&good)?, api.add(&bad)?);
    let shown = grantd
        .cli(&["credential", "validate", &good], "")?
        .expect(0)?;
    ensure!(shown.stdout.contains("token response"), "{shown:?}");
    let shown = grantd
        .cli(&["credential", "validate", &bad], "")?
        .expect(1)?;
    ensure!(shown.stdout.contains("invalid_client"), "{shown:?}");
    let list = grantd.cli(&["credential", "list"], "")?.expect(0)?;
    ensure!(list.stdout.contains("failing: invalid_client"), "{list:?}");
    Ok(())
}
