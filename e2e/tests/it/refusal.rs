//! No token, and why: what the network says is explained.

use anyhow::Result;
use e2e::grantd::Grantd;
use e2e::http::Response;
use e2e::peer::Client;
use e2e::port;

use crate::expected::Expected;
use crate::{clients, draft, expected};

#[test]
fn a_closed_port() -> Result<()> {
    let endpoint = format!("http://127.0.0.1:{}/token", port::free()?);
    refused(&clients::ordinary(), &endpoint, &expected::NOBODY_LISTENS)?;
    Ok(())
}

pub(crate) fn refused(client: &Client, endpoint: &str, expected: &Expected) -> Result<Response> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let slug = api.add(&draft::credential("Mail Reader", client, endpoint))?;
    let answer = api.post_token(&slug)?;
    expected.check(&answer)?;
    Ok(answer)
}
