//! The same by the command line.

use std::slice;

use anyhow::Result;
use e2e::certificate::{Authority, Validity};
use e2e::grantd::Grantd;
use e2e::peer::{Client, Method, OidcProvider, SCOPES, Settings};
use tempfile::TempDir;

use crate::cli::{add, arguments, token};
use crate::{clients, expected};

#[test]
fn every_id_and_secret_gets_a_token_by_both_methods() -> Result<()> {
    for method in [Method::Basic, Method::Post] {
        let clients = clients::special(method);
        let provider = OidcProvider::start(&clients, Settings::default())?;
        let grantd = Grantd::start()?;
        for (number, client) in clients.iter().enumerate() {
            let name = format!("Client {number}");
            add(&grantd, &name, client, &provider.token_endpoint(), &[])?.expect(0)?;
            let token = token(&grantd, &format!("client-{number}"))?;
            let token = provider.introspect(&token)?;
            assert_eq!(
                (&token["active"], &token["client_id"]),
                (&true.into(), &client.id.clone().into())
            );
            assert_eq!(token["scope"], SCOPES.join(" "));
        }
        assert!(
            provider
                .grants()?
                .iter()
                .all(|grant| grant.method == method)
        );
    }
    Ok(())
}

#[test]
fn a_secret_comes_from_a_file() -> Result<()> {
    let client = clients::delicate();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let grantd = Grantd::start()?;
    grantd.canaries().watch_client(&client.id, &client.secret);
    let file = grantd.write_file("secret", &client.secret)?;
    let endpoint = provider.token_endpoint();
    let mut arguments = arguments("Mail Reader", &client, &endpoint, "mail.read");
    arguments.extend(["--secret-file", &file]);
    grantd.cli(&arguments, "")?.expect(0)?;
    assert_eq!(
        provider.introspect(&token(&grantd, "mail-reader")?)?["active"],
        true
    );
    Ok(())
}

#[test]
fn a_ca_bundle_file_makes_the_server_known() -> Result<()> {
    let (folder, authority) = (TempDir::new()?, Authority::new("e2e authority")?);
    let tls = authority.issue(folder.path(), &["127.0.0.1"], Validity::Current)?;
    let client = clients::ordinary();
    let settings = Settings {
        tls: Some(tls),
        ..Settings::default()
    };
    let provider = OidcProvider::start(slice::from_ref(&client), settings)?;
    let endpoint = provider.https_token_endpoint()?;
    let grantd = Grantd::start()?;
    let bundle = grantd.write_file("authority.pem", &authority.pem())?;
    add(&grantd, "Unknown", &client, &endpoint, &[])?.expect(0)?;
    expected::UNKNOWN_ISSUER.check_command(&grantd.cli(&["token", "unknown"], "")?)?;
    let more = ["--ca-bundle-file", bundle.as_str()];
    add(&grantd, "Known", &client, &endpoint, &more)?.expect(0)?;
    assert_eq!(
        provider.introspect(&token(&grantd, "known")?)?["active"],
        true
    );
    Ok(())
}

#[test]
fn a_refusal_is_explained_and_ends_with_1() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
    let grantd = Grantd::start()?;
    let wrong = Client {
        secret: "not-the-secret".to_owned(),
        ..client
    };
    add(&grantd, "Wrong", &wrong, &provider.token_endpoint(), &[])?.expect(0)?;
    expected::CLIENT_REFUSED.check_command(&grantd.cli(&["token", "wrong"], "")?)?;
    expected::NOT_FOUND.check_command(&grantd.cli(&["token", "nothing-of-this-name"], "")?)
}
