use std::slice;

use anyhow::{Context, Result};
use e2e::encoding;
use e2e::peer::{Glewlwyd, SCOPES};

use crate::clients;

#[test]
fn raw_basic_gives_a_token_that_introspects_as_active() -> Result<()> {
    let clients = clients::special_raw();
    let server = Glewlwyd::start(&clients)?;
    for client in &clients {
        let header = encoding::basic_raw(&client.id, &client.secret);
        let answer = server
            .request_token(&header, SCOPES[1])?
            .expect(200)?
            .json()?;
        assert_eq!(
            (&answer["token_type"], &answer["scope"]),
            (&"bearer".into(), &SCOPES[1].into())
        );
        let token = answer["access_token"].as_str().context("no access_token")?;
        let token = server.introspect(client, token)?;
        assert_eq!(
            (&token["active"], &token["client_id"]),
            (&true.into(), &client.id.clone().into())
        );
    }
    Ok(())
}

#[test]
fn encoded_basic_and_a_wrong_secret_are_403_with_an_empty_body() -> Result<()> {
    let client = clients::delicate();
    let server = Glewlwyd::start(slice::from_ref(&client))?;
    let encoded = encoding::basic_percent(&client.id, &client.secret);
    for header in [encoded, encoding::basic_raw(&client.id, "not-the-secret")] {
        assert_eq!(
            server
                .request_token(&header, "mail.read")?
                .expect(403)?
                .body,
            ""
        );
    }
    Ok(())
}
