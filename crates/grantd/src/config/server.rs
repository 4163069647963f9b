//! Section `[server]`: where grantd listens, and for whom.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use url::Url;

use super::listen;
use super::place::Place;
use super::section::section;
use super::values::Values;

section! {
    /// Where grantd listens, and for whom.
    Server = "server" {
        /// The address and port that API and console listen on. Default: `127.0.0.1:8710`; port 0
        /// takes a free one.
        listen: SocketAddr = |setting| setting.one(listen::DEFAULT, listen::parse),
        /// The URL under which people and programs reach grantd, without a path. Default: none,
        /// then it is the address that grantd listens on.
        public_url: Option<Url> = |setting| setting.optional(public_url),
        /// Host names, without port, that requests may be addressed to, besides loopback names and
        /// the host of `public_url`. Default: none.
        allowed_hosts: Vec<String> = |setting| setting.many(host),
        /// Networks of the proxies whose word on the client's address is taken. Default: none.
        #[expect(dead_code, reason = "the API does not look at the client's address yet")]
        trusted_proxies: Vec<IpNet> = |setting| setting.many(network),
        /// Whether a proxy before grantd terminates TLS; without one, grantd listens on loopback
        /// addresses alone. Default: `false`.
        tls_terminated_by_proxy: bool = |setting| setting.yes_no(false),
    }
    then check
}

fn check(server: &Server, values: &mut Values) {
    if server.listen.ip().to_canonical().is_loopback() || server.tls_terminated_by_proxy {
        return;
    }
    let key = "server.listen";
    let place = values.place(key).unwrap_or(Place::Flag("--listen"));
    let detail = format!(
        "{} is no loopback address, and API keys and tokens would pass the network unencrypted; \
         listen on 127.0.0.1, or put a proxy that terminates TLS before grantd and set \
         `server.tls_terminated_by_proxy = true`",
        server.listen
    );
    values.fault(place, key, detail);
}

fn public_url(text: &str) -> Result<Url, String> {
    let expected =
        "a URL of scheme, host and port alone is expected, such as `https://grantd.example.com`";
    match Url::parse(text) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none() =>
        {
            Ok(url)
        }
        _ => Err(format!("{expected}; it is `{text}`")),
    }
}

fn host(text: &str) -> Result<String, String> {
    let expected = || "a host name or address without scheme and port is expected".to_owned();
    if text.contains(['*', '/']) {
        return Err(expected());
    }
    match url::Host::parse(text) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(expected()),
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let single = text.parse::<IpAddr>().map(IpNet::from);
    let network = single.or_else(|_| text.parse::<IpNet>());
    network.map_err(|_| "an address or a network is expected, such as `10.0.0.0/8`".to_owned())
}
