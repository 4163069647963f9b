//! No token, and why: what the authorization server says is explained.

use std::slice;

use anyhow::Result;
use e2e::peer::{Client, OidcProvider, Settings};

use crate::refusal::refused;
use crate::{clients, expected};

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
