//! What the operator sets of the server.

use grantd_engine::NewLink;
use grantd_model::Secret;
use ipnet::IpNet;
use url::Url;

/// What the operator sets of the server.
#[derive(Debug, Clone, Default)]
pub struct ServerSettings {
    /// Names that may stand in `Host`, without port; the caller adds loopback's.
    pub allowed_hosts: Vec<String>,
    /// How people reach the server, where that differs from where it listens.
    pub public_url: Option<Url>,
    /// Where requests through HTTP consumers come in, such as `http://127.0.0.1:8711`; none if nowhere.
    pub consumers_url: Option<String>,
    /// Whether clients come by TLS, to this server or to a proxy before it.
    pub clients_use_tls: bool,
    /// Proxies whose word on where a client is counts.
    pub trusted_proxies: Vec<IpNet>,
    /// What people call this installation, such as `production`.
    pub badge: Option<String>,
    /// What the console tells of how this installation is set up.
    pub installation: InstallationLines,
}

impl ServerSettings {
    /// A link as it is opened in a browser. The code stands behind the `#`, which a browser sends to
    /// nobody.
    pub(crate) fn link_address(&self, link: &NewLink) -> Secret<String> {
        let base = match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/'),
            None => &self.installation.listens_on,
        };
        Secret::new(format!("{base}/console/link#{}", link.code.expose()))
    }
}

/// What the console tells of how this installation is set up, in the words of the configuration.
#[derive(Debug, Clone, Default)]
pub struct InstallationLines {
    /// Where it listens.
    pub listens_on: String,
    /// The version of the program.
    pub version: String,
    /// What kind of database it has.
    pub database: String,
    /// Where the keyring is.
    pub keyring: String,
    /// What `egress.allow` allows beside public addresses.
    pub egress_allowed: Vec<String>,
    /// Whether nothing but what is allowed by name can be called.
    pub egress_listed_only: bool,
    /// The proxy that everything leaves through.
    pub egress_proxy: Option<String>,
    /// For how many days history is kept.
    pub history_days: u64,
    /// Where what is counted can be read.
    pub metrics_at: Option<String>,
}
