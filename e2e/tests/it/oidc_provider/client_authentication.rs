//! Ids and secrets with every sign that is easily sent wrong, by both methods; Basic is form-decoded.

use std::slice;

use anyhow::{Context, Result};
use e2e::grantd::Grantd;
use e2e::peer::{Method, OidcProvider, Settings};
use serde_json::json;

use crate::{clients, draft, expected};

#[test]
fn basic_carries_every_id_and_secret() -> Result<()> {
    every_client_gets_a_token(Method::Basic)
}

#[test]
fn the_body_carries_every_id_and_secret() -> Result<()> {
    every_client_gets_a_token(Method::Post)
}

#[test]
fn raw_basic_at_a_server_that_decodes_is_explained() -> Result<()> {
    let client = clients::delicate();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let draft = draft::credential("Raw", &client, &provider.token_endpoint());
    let slug = api.add(&draft::with(draft, &json!({"basic_encoding": "raw"})))?;
    expected::REQUEST_REFUSED.check(&api.post_token(&slug)?)
}

fn every_client_gets_a_token(method: Method) -> Result<()> {
    let clients = clients::special(method);
    let provider = OidcProvider::start(&clients, Settings::default())?;
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    for (number, client) in clients.iter().enumerate() {
        let name = format!("Client {number}");
        let slug = api.add(&draft::credential(
            &name,
            client,
            &provider.token_endpoint(),
        ))?;
        let token = api.token(&slug).with_context(|| client.id.clone())?;
        let token = provider.introspect(&token)?;
        assert_eq!(
            (&token["active"], &token["client_id"]),
            (&json!(true), &json!(client.id))
        );
    }
    assert!(
        provider
            .grants()?
            .iter()
            .all(|grant| grant.method == method)
    );
    Ok(())
}
