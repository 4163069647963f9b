//! Ids and secrets with every sign that is easily sent wrong, by both methods; Basic is never decoded.

use std::slice;

use anyhow::{Context, Result};
use e2e::grantd::{Api, Grantd};
use e2e::peer::{Client, Glewlwyd, Method};
use serde_json::json;

use crate::{clients, draft, expected};

#[test]
fn raw_basic_carries_every_id_and_secret() -> Result<()> {
    let clients = clients::special_raw();
    let server = Glewlwyd::start(&clients)?;
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    for (number, client) in clients.iter().enumerate() {
        let slug = add(&api, number, client, &server.token_endpoint(), "raw")?;
        let answer = api.post_token(&slug)?;
        let answer = answer
            .expect(200)
            .with_context(|| client.id.clone())?
            .json()?;
        assert!(
            answer["token_type"]
                .as_str()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
        );
        let token = answer["access_token"].as_str().context("no access_token")?;
        let token = server.introspect(client, token)?;
        assert_eq!(
            (&token["active"], &token["client_id"]),
            (&json!(true), &json!(client.id))
        );
    }
    Ok(())
}

#[test]
fn encoded_basic_at_a_server_that_never_decodes_is_explained() -> Result<()> {
    let client = clients::delicate();
    let server = Glewlwyd::start(slice::from_ref(&client))?;
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let slug = add(&api, 0, &client, &server.token_endpoint(), "percent")?;
    expected::FORBIDDEN_WITHOUT_BODY.check(&api.post_token(&slug)?)
}

#[test]
fn the_body_works_at_a_server_that_never_decodes_basic() -> Result<()> {
    let clients = clients::special(Method::Post);
    let server = Glewlwyd::start(&clients)?;
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    for (number, client) in clients.iter().enumerate() {
        let name = format!("Client {number}");
        let slug = api.add(&draft::credential(&name, client, &server.token_endpoint()))?;
        api.token(&slug).with_context(|| client.id.clone())?;
    }
    Ok(())
}

fn add(
    api: &Api,
    number: usize,
    client: &Client,
    endpoint: &str,
    encoding: &str,
) -> Result<String> {
    let draft = draft::credential(&format!("Client {number}"), client, endpoint);
    api.add(&draft::with(draft, &json!({"basic_encoding": encoding})))
}
