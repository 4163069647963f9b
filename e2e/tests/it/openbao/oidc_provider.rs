//! Credentials whose secrets are in OpenBao, at an authorization server.

use std::slice;
use std::time::Duration;

use anyhow::Result;
use e2e::grantd::Api;
use e2e::peer::{OidcProvider, OpenBao, Settings};
use serde_json::{Value, json};

use super::{eventually, source, token, watched};
use crate::{clients, draft};

fn add_source(api: &Api, bao: &OpenBao, provider: &OidcProvider, fresh_s: u64) -> Result<()> {
    let login = json!({"method": "token"});
    let mut vault = source(bao, "vault", &login, &token(bao, "1h")?);
    vault["origins"] = json!([provider.url("").trim_end_matches('/')]);
    vault["fresh_s"] = json!(fresh_s);
    api.post("/v1/sources", &vault)?.expect(201)?;
    Ok(())
}

fn external(credential: Value) -> Value {
    let members = json!({
        "secret_source": "external", "client_secret": null,
        "client_secret_reference": {"source": "vault", "path": "apps/one", "key": "/client_secret"},
    });
    draft::with(credential, &members)
}

#[test]
fn a_secret_that_is_rotated_there_is_used_within_its_time_or_at_once() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let bao = OpenBao::start(false)?;
    let grantd = watched(&[&client.secret])?;
    let api = grantd.api()?;
    // kept for an hour: only a refusal leads past the cache
    add_source(&api, &bao, &provider, 3600)?;
    let credential = draft::credential("Mail Reader", &client, &provider.token_endpoint());
    let credential = external(credential);
    bao.write(
        "apps/one",
        &json!({"client_secret": "not yet the right one"}),
    )?;
    let slug = api.add(&credential)?;
    api.post_token(&slug)?.expect(502)?;
    bao.write("apps/one", &json!({"client_secret": client.secret}))?;
    let renew = format!("/v1/credentials/{slug}/renew");
    api.post_empty(&renew)?.expect(200)?;
    let first = api.token(&slug)?;
    assert_eq!(provider.introspect(&first)?["active"], true);
    // looked at every second: a change takes the token along, and nobody has to do anything
    let patch = json!({"fresh_s": 1});
    api.patch("/v1/sources/vault", Some("*"), &patch)?
        .expect(200)?;
    api.post_empty(&renew)?.expect(200)?;
    let before = api.token(&slug)?;
    bao.write("apps/one", &json!({"client_secret": "wrong again"}))?;
    let within = Duration::from_secs(30);
    eventually(within, "the token is dropped", || {
        Ok(api.post_token(&slug)?.status != 200)
    })?;
    bao.write("apps/one", &json!({"client_secret": client.secret}))?;
    eventually(within, "the new secret is used", || {
        Ok(api.post_token(&slug)?.status == 200)
    })?;
    assert_ne!(api.token(&slug)?, before);
    grantd.assert_no_leak()
}

#[test]
fn tokens_are_got_while_the_vault_is_sealed() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let bao = OpenBao::start(true)?;
    let grantd = watched(&[&client.secret])?;
    let api = grantd.api()?;
    add_source(&api, &bao, &provider, 1)?;
    bao.write("apps/one", &json!({"client_secret": client.secret}))?;
    let credential = draft::credential("Mail Reader", &client, &provider.token_endpoint());
    let slug = api.add(&external(credential))?;
    api.token(&slug)?;
    bao.seal()?;
    std::thread::sleep(Duration::from_secs(2));
    let renew = format!("/v1/credentials/{slug}/renew");
    for _ in 0..3 {
        api.post_empty(&renew)?.expect(200)?;
    }
    let shown = api.get("/v1/sources/vault")?.expect(200)?.json()?;
    assert_eq!(shown["health"]["standing"], "stale", "{shown}");
    bao.unseal()?;
    eventually(Duration::from_mins(1), "it is asked again", || {
        api.post_empty(&renew)?.expect(200)?;
        let shown = api.get("/v1/sources/vault")?.expect(200)?.json()?;
        Ok(shown["health"]["standing"] == "working")
    })?;
    grantd.assert_no_leak()
}
