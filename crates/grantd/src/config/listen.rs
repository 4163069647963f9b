//! Addresses to listen on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The port of API and console.
const PORT: u16 = 8710;

/// Where grantd listens if nothing else is said.
pub(super) const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);

/// Reads `address:port`; `localhost` stands for `127.0.0.1`.
pub(super) fn parse(text: &str) -> Result<SocketAddr, String> {
    let literal = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    literal.parse().map_err(|_| {
        format!("`{text}` is no address with a port; expected is such as `127.0.0.1:{PORT}` or `[::1]:{PORT}`")
    })
}
