//! Where a client is: at the other end of the connection, or where a trusted proxy says.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Whether the operator trusts what comes from this address.
pub(crate) fn is_trusted(proxies: &[IpNet], address: IpAddr) -> bool {
    let mut networks = proxies.iter();
    networks.any(|network| network.contains(&address.to_canonical()))
}

/// The address of the client; what a proxy says counts where the operator trusts the proxy.
pub(crate) fn client(proxies: &[IpNet], headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    if !is_trusted(proxies, peer) {
        return peer.to_canonical();
    }
    let mut address = peer;
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let named: Vec<&str> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .collect();
    for text in named.into_iter().rev() {
        if !is_trusted(proxies, address) {
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
