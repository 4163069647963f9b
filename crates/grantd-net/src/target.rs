//! What the host of a URL says before anyone is asked.

use std::net::IpAddr;

use url::{Host, Url};

/// Metadata services by name, for when a proxy resolves.
const METADATA_NAMES: [&str; 4] = [
    "metadata.google.internal",
    "metadata.goog",
    "instance-data.ec2.internal",
    "metadata.tencentyun.com",
];

/// Endings that no public name has (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`, and what
/// companies use).
const INTERNAL_ENDINGS: [&str; 12] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "arpa",
    "test",
    "invalid",
    "onion",
];

/// The address that a URL names literally; the parser of URLs has already understood every notation.
pub(crate) fn literal_address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// The host without the dot that marks a name as complete.
pub(crate) fn host_name(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_suffix('.').unwrap_or(host)
}

/// The port, by default the scheme's.
pub(crate) fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or(443)
}

/// Whether a URL names this machine: a loopback address or `localhost`.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match literal_address(url) {
        Some(address) => is_loopback(address),
        None => is_localhost(host_name(url)),
    }
}

pub(crate) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

pub(crate) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

pub(crate) fn is_internal(name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((_, last)) => INTERNAL_ENDINGS.contains(&last),
        None => true,
    }
}

/// Whether a name is that of a metadata service.
pub(crate) fn is_metadata(name: &str) -> bool {
    METADATA_NAMES.contains(&name)
}
