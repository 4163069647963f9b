//! What the operator sets of the server.

use url::Url;

/// What the operator sets of the server.
#[derive(Debug, Clone, Default)]
pub struct ServerSettings {
    /// Names that may stand in `Host`, without port; the caller adds loopback's.
    pub allowed_hosts: Vec<String>,
    /// How people reach the server, where that differs from where it listens.
    pub public_url: Option<Url>,
    /// Whether clients come by TLS, to this server or to a proxy before it.
    pub clients_use_tls: bool,
}
