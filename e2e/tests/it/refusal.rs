//! No token, and why: what the authorization server or the network says is explained.

use std::slice;

use anyhow::Result;
use e2e::grantd::Grantd;
use e2e::http::Response;
use e2e::peer::{Client, OidcProvider, Settings};
use e2e::port;

use crate::expected::Expected;
use crate::{clients, draft, expected};

#[test]
fn a_wrong_secret() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let wrong = Client {
        secret: "not-the-secret".to_owned(),
        ..client
    };
    refused(
        &wrong,
        &provider.token_endpoint(),
        &expected::CLIENT_REFUSED,
    )?;
    assert_eq!(provider.grants()?.len(), 1);
    Ok(())
}

#[test]
fn an_unknown_client() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let unknown = Client {
        id: "unknown-client".to_owned(),
        ..client
    };
    refused(
        &unknown,
        &provider.token_endpoint(),
        &expected::CLIENT_REFUSED,
    )?;
    Ok(())
}

#[test]
fn an_endpoint_that_does_not_exist() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    refused(
        &client,
        &provider.url("/nowhere"),
        &expected::NOT_FOUND_THERE,
    )?;
    Ok(())
}

#[test]
fn a_closed_port() -> Result<()> {
    let endpoint = format!("http://127.0.0.1:{}/token", port::free()?);
    refused(&clients::ordinary(), &endpoint, &expected::NOBODY_LISTENS)?;
    Ok(())
}

fn refused(client: &Client, endpoint: &str, expected: &Expected) -> Result<Response> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let slug = api.add(&draft::credential("Mail Reader", client, endpoint))?;
    let answer = api.post_token(&slug)?;
    expected.check(&answer)?;
    Ok(answer)
}
