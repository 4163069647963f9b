//! Section `[server]`: where grantd listens, and for whom.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::listen;
use super::place::Place;
use super::section::section;
use super::values::Values;
use crate::tls_files::TlsFiles;

/// The settings that go together, as they are named in faults.
const TLS_CERTIFICATE: &str = "server.tls_certificate";
const TLS_KEY: &str = "server.tls_key";

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
        trusted_proxies: Vec<IpNet> = |setting| setting.many(network),
        /// Whether a proxy before grantd terminates TLS. Without one, and without TLS of its own,
        /// grantd listens on loopback addresses alone. Default: `false`.
        tls_terminated_by_proxy: bool = |setting| setting.yes_no(false),
        /// The path of a PEM file with the certificate that grantd speaks TLS with, and those of
        /// the authorities between it and one that clients trust. A relative path begins at the
        /// folder of the configuration file. Default: none, then it speaks plain HTTP.
        tls_certificate: Option<PathBuf> = |setting| setting.path(),
        /// The path of a PEM file with the private key of `tls_certificate`, without a passphrase
        /// and not for others to read. Default: none.
        tls_key: Option<PathBuf> = |setting| setting.path(),
        /// For how many seconds grantd goes on to serve after it was told to end, while `/readyz` says that it is not
        /// ready, so that balancers turn away before it stops to listen: 0 to 300. Default: `0`.
        drain_delay_s: Duration = |setting| Duration::from_secs(setting.number(0, 0..=300)),
    }
    then check
}

impl Server {
    /// The certificate and the key to speak TLS with, if they are set.
    pub(crate) fn tls_files(&self) -> Option<TlsFiles> {
        let (certificate, key) = (self.tls_certificate.as_ref()?, self.tls_key.as_ref()?);
        Some(TlsFiles::new(certificate, key))
    }
}

fn check(server: &Server, values: &mut Values) {
    check_tls(server, values);
    check_address(server, values);
}

fn check_tls(server: &Server, values: &mut Values) {
    if let Some(files) = server.tls_files() {
        // read here alone to be checked: what is served is read when the server starts
        if let Err(fault) = files.read() {
            let key = if fault.of_key {
                TLS_KEY
            } else {
                TLS_CERTIFICATE
            };
            if let Some(place) = values.place(key) {
                values.fault(place, key, fault.to_string());
            }
        }
        return;
    }
    for (present, absent) in [(TLS_CERTIFICATE, TLS_KEY), (TLS_KEY, TLS_CERTIFICATE)] {
        if let (Some(place), None) = (values.place(present), values.place(absent)) {
            let detail = format!("a path is expected as well, as `{present}` is set");
            values.fault(place, absent, detail);
        }
    }
}

fn check_address(server: &Server, values: &mut Values) {
    let encrypted = values.place(TLS_CERTIFICATE).is_some() || server.tls_terminated_by_proxy;
    if server.listen.ip().to_canonical().is_loopback() || encrypted {
        return;
    }
    let key = "server.listen";
    let place = values.place(key).unwrap_or(Place::Flag("--listen"));
    let detail = format!(
        "{} is no loopback address, and API keys and tokens would pass the network unencrypted; \
         listen on 127.0.0.1, set `server.tls_certificate` and `server.tls_key`, or put a proxy \
         that terminates TLS before grantd and set `server.tls_terminated_by_proxy = true`",
        server.listen
    );
    values.fault(place, key, detail);
}

pub(super) fn public_url(text: &str) -> Result<Url, String> {
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
