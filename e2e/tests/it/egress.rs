//! The egress guard: an address that is not allowed is not even connected to.

use std::io::ErrorKind;
use std::net::TcpListener;

use anyhow::Result;
use e2e::grantd::{Grantd, Settings};
use e2e::http::Response;
use e2e::port;

use crate::{clients, draft, expected};

#[test]
fn loopback_is_denied_by_default() -> Result<()> {
    denied("127.0.0.1", &[])
}

#[test]
fn a_name_for_loopback_is_denied_by_default() -> Result<()> {
    denied("localhost", &[])
}

#[test]
fn a_literal_in_another_notation_is_denied() -> Result<()> {
    // over plain http it is refused when it is added already: that needs plain loopback
    denied_by(&["https"], "[::ffff:127.0.0.1]", &[])?;
    denied("2130706433", &[])?;
    denied("0177.0.0.1", &[])
}

#[test]
fn another_allowed_address_does_not_help() -> Result<()> {
    denied("127.0.0.1", &["192.0.2.0/24", "127.0.0.2/32"])
}

#[test]
fn another_allowed_port_does_not_help() -> Result<()> {
    denied("127.0.0.1", &["127.0.0.1/32:1"])
}

#[test]
fn grantd_itself_is_denied_although_loopback_is_allowed() -> Result<()> {
    let grantd = Grantd::start()?;
    let endpoint = grantd.url().replace("http", "https") + "/oauth2/token";
    expected::OWN_ADDRESS.check(&first_refusal(&grantd, &endpoint)?)
}

#[test]
fn the_metrics_of_grantd_are_denied_as_well() -> Result<()> {
    let port = port::free()?;
    let grantd = Grantd::start_with(&Settings {
        more: format!("[metrics]\nlisten = \"127.0.0.1:{port}\"\n"),
        ..Settings::default()
    })?;
    let endpoint = format!("https://127.0.0.1:{port}/metrics");
    expected::OWN_ADDRESS.check(&first_refusal(&grantd, &endpoint)?)
}

fn denied(host: &str, allow: &[&str]) -> Result<()> {
    denied_by(&["https", "http"], host, allow)
}

fn denied_by(schemes: &[&str], host: &str, allow: &[&str]) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let egress = allow.iter().map(|&rule| rule.to_owned()).collect();
    let grantd = Grantd::start_with(&Settings {
        egress,
        ..Settings::default()
    })?;
    let port = listener.local_addr()?.port();
    for scheme in schemes {
        let endpoint = format!("{scheme}://{host}:{port}/token");
        expected::EGRESS.check(&first_refusal(&grantd, &endpoint)?)?;
    }
    let connected = listener.accept().map_err(|error| error.kind());
    assert_eq!(
        connected.err(),
        Some(ErrorKind::WouldBlock),
        "a connection was made"
    );
    Ok(())
}

/// It may be refused when added already, or when a token is asked for.
fn first_refusal(grantd: &Grantd, endpoint: &str) -> Result<Response> {
    let api = grantd.api()?;
    let scheme = endpoint.split(':').next().unwrap_or_default();
    let draft = draft::credential(&format!("By {scheme}"), &clients::ordinary(), endpoint);
    let added = api.post_credential(&draft)?;
    if added.status != 201 {
        return Ok(added);
    }
    api.post_token(added.json()?["slug"].as_str().unwrap_or_default())
}
