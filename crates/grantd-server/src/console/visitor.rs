//! Where a browser is, and whether it may sign in from there.

use std::net::IpAddr;

use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use grantd_engine::Visitor;

use crate::app::App;
use crate::client_address::{self, Peer};
use crate::host;

/// Who comes, as far as the connection tells. What a proxy says of its client counts where the
/// operator trusts the proxy.
pub(super) fn visitor(app: &App, parts: &Parts) -> Visitor {
    let agent = parts.headers.get(USER_AGENT);
    let address = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
    Visitor {
        address: address
            .map(|address| {
                let proxies = &app.live.lists().trusted_proxies;
                client_address::client(proxies, &parts.headers, address).to_string()
            })
            .unwrap_or_default(),
        agent: agent
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default(),
    }
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
