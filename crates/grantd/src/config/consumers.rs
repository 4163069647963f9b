//! Section `[consumers]`: where requests through HTTP consumers come in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::thread;

use grantd_proxy::AccessLog;
use url::Url;

use super::listen;
use super::metrics::Metrics;
use super::section::section;
use super::server::{self, Server};
use super::values::Values;

/// The setting as faults name it.
const LISTEN: &str = "consumers.listen";

section! {
    /// Where requests through HTTP consumers come in.
    Consumers = "consumers" {
        /// The address and port that requests through HTTP consumers come in at, apart from API and console; `off` for
        /// none. Default: the port after that of `server.listen` on `127.0.0.1`, which is 8711, or a free one where
        /// that takes a free one.
        listen: Option<Listen> = |setting| setting.optional(parse),
        /// The URL under which programs reach them, without a path, where a proxy stands before grantd. Default: none, then
        /// it is the address that they come in at.
        public_url: Option<Url> = |setting| setting.optional(server::public_url),
        /// How many threads serve them: 0 to 256; 0 for as many as there are processors for grantd, by its CPU quota.
        /// Default: `0`.
        threads: u64 = |setting| setting.number(0, 0..=256),
        /// Of how many requests one has a line in the log, beside those that grantd itself refuses: 0 to 1000000; 1 for
        /// every one, 0 for none at all. Default: `0`.
        access_log_one_of: u64 = |setting| setting.number(0, 0..=1_000_000),
    }
}

/// Where requests come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listen {
    /// Nowhere.
    Off,
    /// Here.
    At(SocketAddr),
}

impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(address) => address.fmt(f),
        }
    }
}

impl Consumers {
    /// Where to listen, if anywhere, for a server that listens there.
    pub(crate) fn address(&self, server: SocketAddr) -> Option<SocketAddr> {
        match self.listen {
            Some(Listen::Off) => None,
            Some(Listen::At(address)) => Some(address),
            None => {
                let port = match server.port() {
                    0 => 0,
                    port => port.checked_add(1)?,
                };
                Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
            }
        }
    }

    /// Where programs reach consumers that come in at this address.
    pub(crate) fn url(&self, local: Option<SocketAddr>) -> Option<String> {
        let public = self.public_url.as_ref();
        let public = public.map(|url| url.as_str().trim_end_matches('/').to_owned());
        public.or_else(|| local.map(|local| format!("http://{local}")))
    }

    /// Which requests have a line in the log.
    pub(crate) fn access_log(&self) -> AccessLog {
        match u32::try_from(self.access_log_one_of) {
            Ok(0) | Err(_) => AccessLog::Off,
            Ok(many) => AccessLog::OneOf(many),
        }
    }

    /// How many threads serve.
    pub(crate) fn threads(&self) -> usize {
        match usize::try_from(self.threads) {
            Ok(0) | Err(_) => thread::available_parallelism().map_or(1, NonZeroUsize::get),
            Ok(threads) => threads,
        }
    }
}

fn parse(text: &str) -> Result<Listen, String> {
    if text == "off" {
        return Ok(Listen::Off);
    }
    listen::parse(text).map(Listen::At).map_err(|_| {
        format!(
            "`{text}` is no address with a port; expected is such as `127.0.0.1:8711`, or `off`"
        )
    })
}

/// Keys and tokens pass no network unencrypted, and no two listeners have one port.
pub(super) fn check(
    consumers: &Consumers,
    (server, metrics): (&Server, &Metrics),
    values: &mut Values,
) {
    let (Some(Listen::At(address)), Some(place)) = (consumers.listen, values.place(LISTEN)) else {
        return;
    };
    if !address.ip().to_canonical().is_loopback() && !server.tls_terminated_by_proxy {
        let detail = format!(
            "{address} is no loopback address, and API keys would pass the network unencrypted; listen on 127.0.0.1, or \
             put a proxy that terminates TLS before grantd and set `server.tls_terminated_by_proxy = true`"
        );
        values.fault(place, LISTEN, detail);
        return;
    }
    let others = [
        ("server.listen", Some(server.listen)),
        ("metrics.listen", metrics.listen),
    ];
    for (name, other) in others {
        if other.is_some_and(|other| meet(address, other)) {
            let port = address.port();
            let detail = format!("another port than {port} is expected, which is that of {name}");
            values.fault(place.clone(), LISTEN, detail);
        }
    }
}

/// Whether two listeners would have one port.
fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (one.ip(), other.ip());
    let same = ip == other_ip || ip.is_unspecified() || other_ip.is_unspecified();
    same && one.port() != 0 && one.port() == other.port()
}
