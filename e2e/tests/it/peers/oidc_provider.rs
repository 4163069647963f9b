use std::slice;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use e2e::certificate::{Authority, Validity};
use e2e::encoding;
use e2e::http::Request;
use e2e::peer::{Client, Grant, Method, OidcProvider, SCOPES, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clients;

#[test]
fn a_token_introspects_as_active() -> Result<()> {
    for method in [Method::Basic, Method::Post] {
        let clients = clients::special(method);
        let provider = OidcProvider::start(&clients, Settings::default())?;
        for client in &clients {
            let answer = provider
                .request_token(client, &SCOPES.join(" "))?
                .expect(200)?
                .json()?;
            assert_eq!(answer["token_type"], "Bearer");
            assert_eq!(answer["scope"], SCOPES.join(" "));
            let token = provider.introspect(access_token(&answer)?)?;
            assert_eq!(
                (&token["active"], &token["client_id"]),
                (&json!(true), &json!(client.id))
            );
            let id = Some(client.id.clone());
            let last = provider.grants()?.pop();
            assert_eq!(
                last,
                Some(Grant {
                    client_id: id,
                    method,
                    error: None
                })
            );
        }
    }
    Ok(())
}

#[test]
fn a_secret_that_is_replaced_is_refused_and_the_new_one_is_not() -> Result<()> {
    let old = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&old), Settings::default())?;
    provider.request_token(&old, "mail.read")?.expect(200)?;
    let new = Client::new(&old.id, "the-secret-that-comes-after-it", old.method);
    provider.register(&new)?;
    provider.request_token(&old, "mail.read")?.expect(401)?;
    provider.request_token(&new, "mail.read")?.expect(200)?;
    Ok(())
}

#[test]
fn a_wrong_secret_and_an_unknown_client_are_refused() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let wrong = Client::new(&client.id, "not-the-secret", Method::Basic);
    let unknown = Client::new("unknown-client", &client.secret, Method::Basic);
    for client in [wrong, unknown] {
        let answer = provider.request_token(&client, "mail.read")?.expect(401)?;
        assert_eq!(answer.json()?["error"], "invalid_client");
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|value| value.starts_with("Basic"))
        );
    }
    let errors = provider.grants()?.into_iter().map(|grant| grant.error);
    assert_eq!(
        errors.collect::<Vec<_>>(),
        vec![Some("invalid_client".to_owned()); 2]
    );
    Ok(())
}

#[test]
fn raw_basic_is_refused() -> Result<()> {
    let client = clients::delicate();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let answer = Request::new("POST", &provider.token_endpoint())
        .header(
            "authorization",
            &encoding::basic_raw(&client.id, &client.secret),
        )
        .form(&[("grant_type", "client_credentials"), ("scope", "mail.read")])
        .send()?
        .expect(400)?;
    assert_eq!(answer.json()?["error"], "invalid_request");
    Ok(())
}

#[test]
fn a_token_ends() -> Result<()> {
    let client = clients::ordinary();
    let settings = Settings {
        token_lifetime_s: 1,
        ..Settings::default()
    };
    let provider = OidcProvider::start(slice::from_ref(&client), settings)?;
    let answer = provider
        .request_token(&client, "mail.read")?
        .expect(200)?
        .json()?;
    assert_eq!(answer["expires_in"], 1);
    sleep(Duration::from_millis(2100));
    assert_eq!(
        provider.introspect(access_token(&answer)?)?["active"],
        false
    );
    Ok(())
}

#[test]
fn https_is_trusted_by_its_own_authority_alone() -> Result<()> {
    let (folder, authority) = (TempDir::new()?, Authority::new("e2e authority")?);
    let certificate = authority.issue(folder.path(), &["127.0.0.1"], Validity::Current)?;
    let settings = Settings {
        tls: Some(certificate),
        ..Settings::default()
    };
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), settings)?;
    let request = Request::new("POST", &provider.https_token_endpoint()?)
        .header(
            "authorization",
            &encoding::basic_percent(&client.id, &client.secret),
        )
        .form(&[("grant_type", "client_credentials")]);
    let answer = request
        .clone()
        .trusting(&authority.pem())
        .send()?
        .expect(200)?
        .json()?;
    assert_eq!(provider.introspect(access_token(&answer)?)?["active"], true);
    let stranger = Authority::new("another authority")?.pem();
    assert!(request.trusting(&stranger).send().is_err());
    Ok(())
}

#[test]
fn a_resource_gives_a_token_for_it_alone() -> Result<()> {
    let (client, resource) = (clients::ordinary(), "https://api.example");
    let resources = json!({resource: {"scope": "mail.read", "format": "jwt"}});
    let settings = Settings {
        resources: Some(resources),
        ..Settings::default()
    };
    let provider = OidcProvider::start(slice::from_ref(&client), settings)?;
    let ask = |resource: &str| {
        Request::new("POST", &provider.token_endpoint())
            .header(
                "authorization",
                &encoding::basic_percent(&client.id, &client.secret),
            )
            .form(&[("grant_type", "client_credentials"), ("resource", resource)])
            .send()
    };
    let answer = ask(resource)?.expect(200)?.json()?;
    let payload = access_token(&answer)?.split('.').nth(1).context("no JWT")?;
    let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes())?)?;
    assert_eq!(claims["aud"], resource);
    assert_eq!(
        ask("https://other.example")?.expect(400)?.json()?["error"],
        "invalid_target"
    );
    Ok(())
}

fn access_token(answer: &Value) -> Result<&str> {
    answer["access_token"].as_str().context("no access_token")
}
