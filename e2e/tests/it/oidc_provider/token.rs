//! Tokens by the API: what the answer says, never an expired one, bound to a resource.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use e2e::grantd::Grantd;
use e2e::peer::{OidcProvider, SCOPES, Settings};
use serde_json::{Value, json};

use crate::{clients, draft};

#[test]
fn the_answer_says_what_was_granted() -> Result<()> {
    let (provider, grantd, slug) =
        started(Settings::default(), &json!({"scope": SCOPES.join(" ")}))?;
    let answer = grantd.api()?.post_token(&slug)?.expect(200)?;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = answer.json()?;
    assert_eq!(
        answer["token_type"]
            .as_str()
            .map(str::to_lowercase)
            .as_deref(),
        Some("bearer")
    );
    assert_eq!(answer["scope"], SCOPES.join(" "));
    assert!(
        answer["expires_in"]
            .as_u64()
            .is_some_and(|seconds| (500..=600).contains(&seconds))
    );
    assert!(
        answer["expires_at"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
    let token = answer["access_token"].as_str().context("no access_token")?;
    let token = provider.introspect(token)?;
    assert_eq!(
        (&token["active"], &token["client_id"]),
        (&json!(true), &json!("mail-reader"))
    );
    assert_eq!(token["scope"], SCOPES.join(" "));
    Ok(())
}

#[test]
fn an_expired_token_is_never_handed_out() -> Result<()> {
    let settings = Settings {
        token_lifetime_s: 2,
        ..Settings::default()
    };
    let (provider, grantd, slug) = started(settings, &json!({}))?;
    let api = grantd.api()?;
    let first = api.token(&slug)?;
    thread::sleep(Duration::from_millis(3500));
    let second = api.token(&slug)?;
    assert_ne!(first, second);
    assert_eq!(provider.introspect(&second)?["active"], true);
    Ok(())
}

#[test]
fn a_resource_is_asked_for() -> Result<()> {
    let resource = "https://api.example";
    let resources = json!({resource: {"scope": "mail.read", "format": "jwt"}});
    let settings = Settings {
        resources: Some(resources),
        ..Settings::default()
    };
    let (_provider, grantd, slug) = started(settings, &json!({"resources": [resource]}))?;
    let token = grantd.api()?.token(&slug)?;
    let payload = token.split('.').nth(1).context("no JWT")?;
    let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes())?)?;
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!(resource), &json!("mail.read"))
    );
    Ok(())
}

/// A peer, a grantd and a credential of the ordinary client with these members besides.
fn started(settings: Settings, members: &Value) -> Result<(OidcProvider, Grantd, String)> {
    let clients = [clients::ordinary()];
    let provider = OidcProvider::start(&clients, settings)?;
    let grantd = Grantd::start()?;
    let draft = draft::credential("Mail Reader", &clients[0], &provider.token_endpoint());
    let slug = grantd.api()?.add(&draft::with(draft, members))?;
    Ok((provider, grantd, slug))
}
