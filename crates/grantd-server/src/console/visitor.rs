//! Where a browser is, and whether it may sign in from there.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use grantd_engine::Visitor;

use crate::app::App;
use crate::host;

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Who comes, as far as the connection tells. What a proxy says of its client counts where the
/// operator trusts the proxy.
pub(super) fn visitor(app: &App, parts: &Parts) -> Visitor {
    let agent = parts.headers.get(USER_AGENT);
    let address = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
    Visitor {
        address: address
            .map(|address| client(app, parts, address).to_string())
            .unwrap_or_default(),
        agent: agent
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default(),
    }
}

fn client(app: &App, parts: &Parts, peer: IpAddr) -> IpAddr {
    let is_trusted = |address: IpAddr| {
        let mut networks = app.settings.trusted_proxies.iter();
        networks.any(|network| network.contains(&address.to_canonical()))
    };
    let mut address = peer;
    let forwarded = parts.headers.get_all("x-forwarded-for").iter();
    let named: Vec<&str> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .collect();
    for text in named.into_iter().rev() {
        if !is_trusted(address) {
            break;
        }
        // some proxies write the port as well
        let named = text.parse::<IpAddr>().ok();
        let Some(next) = named.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip())) else {
            break;
        };
        address = next;
    }
    address.to_canonical()
}

/// Whether a password typed into the browser stays between it and here: by TLS, or on one machine.
pub(super) fn is_private(app: &App, parts: &Parts) -> bool {
    if app.settings.clients_use_tls {
        return true;
    }
    let authority = host::named(parts.version, &parts.headers, &parts.uri);
    authority.is_some_and(|authority| {
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
    })
}
