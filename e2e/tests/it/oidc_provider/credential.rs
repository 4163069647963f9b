//! Credentials by the API, as far as a token is got by them.

use anyhow::{Context, Result};
use e2e::grantd::Grantd;
use e2e::peer::{OidcProvider, SCOPES, Settings};
use serde_json::{Value, json};

use crate::{clients, draft, expected};

#[test]
fn the_documented_example_works_to_the_letter() -> Result<()> {
    let clients = [clients::documented()];
    let settings = Settings {
        token_path: "/contoso/oauth2/v2.0/issue",
        ..Settings::default()
    };
    let provider = OidcProvider::start(&clients, settings)?;
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let draft = draft::with(
        draft::credential(
            "Sales Email Credentials",
            &clients[0],
            &provider.token_endpoint(),
        ),
        &json!({"scope": SCOPES[1]}),
    );
    assert_eq!(api.add(&draft)?, "sales-email-credentials");
    let answer = api
        .post_token("sales-email-credentials")?
        .expect(200)?
        .json()?;
    assert_eq!(answer["scope"], SCOPES[1]);
    let token = answer["access_token"].as_str().context("no access_token")?;
    assert_eq!(provider.introspect(token)?["active"], true);
    assert_eq!(provider.grants()?[0].method, clients[0].method);
    Ok(())
}

#[test]
fn a_disabled_credential_gives_no_token() -> Result<()> {
    let clients = [clients::ordinary()];
    let provider = OidcProvider::start(&clients, Settings::default())?;
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let draft = draft::credential("Mail Reader", &clients[0], &provider.token_endpoint());
    let slug = api.add(&draft)?;
    api.token(&slug)?;
    switch(&grantd, &slug, "disable")?;
    expected::DISABLED.check(&api.post_token(&slug)?)?;
    switch(&grantd, &slug, "enable")?;
    assert_eq!(provider.introspect(&api.token(&slug)?)?["active"], true);
    Ok(())
}

#[test]
fn state_outlives_a_kill() -> Result<()> {
    let clients = [clients::delicate()];
    let provider = OidcProvider::start(&clients, Settings::default())?;
    let mut grantd = Grantd::start()?;
    let draft = draft::credential("Mail Reader", &clients[0], &provider.token_endpoint());
    let slug = grantd.api()?.add(&draft)?;
    grantd.restart()?;
    assert_eq!(
        provider.introspect(&grantd.api()?.token(&slug)?)?["active"],
        true
    );
    Ok(())
}

fn switch(grantd: &Grantd, slug: &str, verb: &str) -> Result<Value> {
    let api = grantd.api()?;
    let path = format!("/v1/credentials/{slug}/{verb}");
    let current = api.get(&format!("/v1/credentials/{slug}"))?.expect(200)?;
    let revision = current.header("etag").context("no ETag")?.to_owned();
    api.post_if_match(&path, &revision)?.expect(200)?.json()
}
