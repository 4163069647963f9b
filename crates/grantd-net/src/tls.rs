//! TLS to the target: rustls with its provider named, TLS 1.2 and 1.3, HTTP/1.1 alone.
//!
//! The usual authorities are those of the system (`SSL_CERT_FILE` and `SSL_CERT_DIR` included), or
//! Mozilla's where the system has none; they are loaded once. A bundle of a request replaces them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use grantd_model::Invalid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use crate::ca_bundle;
use crate::error::NetError;
use crate::target::{host_name, literal_address};
use crate::tls_fault::TlsFault;

/// How many configurations with a bundle of their own are kept.
const MOST_KEPT: usize = 64;

/// A client configuration and a number that stands for its authorities.
#[derive(Clone)]
pub(crate) struct TlsConfig {
    pub(crate) id: u64,
    client: Arc<ClientConfig>,
}

/// The configurations by their authorities.
pub(crate) struct TlsConfigs {
    provider: Arc<CryptoProvider>,
    usual: TlsConfig,
    own: Mutex<Own>,
}

/// Configurations for bundles, the one used last at the end.
struct Own {
    kept: VecDeque<(Arc<str>, TlsConfig)>,
    next_id: u64,
}

impl TlsConfigs {
    /// Loads the usual authorities and adds those of the bundle.
    pub(crate) fn new(extra: Option<&str>) -> Result<Self, Invalid> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = usual_roots();
        if let Some(pem) = extra {
            ca_bundle::add_to(&mut roots, pem)?;
        }
        let usual = TlsConfig {
            id: 0,
            client: client(Arc::clone(&provider), roots)?,
        };
        Ok(Self {
            provider,
            usual,
            own: Mutex::new(Own {
                kept: VecDeque::new(),
                next_id: 1,
            }),
        })
    }

    /// The configuration for a bundle, or the usual one.
    pub(crate) fn config(&self, bundle: Option<&Arc<str>>) -> Result<TlsConfig, Invalid> {
        let Some(bundle) = bundle else {
            return Ok(self.usual.clone());
        };
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = own.kept.iter().position(|(kept, _)| kept == bundle)
            && let Some(found) = own.kept.remove(at)
        {
            let config = found.1.clone();
            own.kept.push_back(found);
            return Ok(config);
        }
        let config = TlsConfig {
            id: own.next_id,
            client: client(Arc::clone(&self.provider), ca_bundle::roots(bundle)?)?,
        };
        own.next_id += 1;
        if own.kept.len() >= MOST_KEPT {
            own.kept.pop_front();
        }
        own.kept.push_back((Arc::clone(bundle), config.clone()));
        Ok(config)
    }
}

/// Shakes hands for the host of the URL.
pub(crate) async fn handshake(
    config: &TlsConfig,
    url: &Url,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, NetError> {
    let name = server_name(url)?;
    TlsConnector::from(Arc::clone(&config.client))
        .connect(name, tcp)
        .await
        .map_err(|fault| NetError::Tls(TlsFault::of_io(&fault).unwrap_or(TlsFault::Closed)))
}

/// What was agreed on, for people.
pub(crate) fn agreed(stream: &TlsStream<TcpStream>) -> String {
    let (_, session) = stream.get_ref();
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        _ => "TLS 1.2",
    };
    let chain = session.peer_certificates().map_or(0, <[_]>::len);
    match chain {
        1 => format!("{version}, 1 certificate"),
        _ => format!("{version}, {chain} certificates"),
    }
}

fn server_name(url: &Url) -> Result<ServerName<'static>, NetError> {
    if let Some(address) = literal_address(url) {
        return Ok(ServerName::from(address));
    }
    ServerName::try_from(host_name(url).to_owned()).map_err(|_| {
        NetError::InvalidRequest(Invalid::new(
            "invalid_host",
            "a host name that a certificate can be for is expected",
        ))
    })
}

fn client(
    provider: Arc<CryptoProvider>,
    roots: RootCertStore,
) -> Result<Arc<ClientConfig>, Invalid> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|fault| Invalid::new("tls", fault.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn usual_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        tracing::info!("the system has no authorities, those of Mozilla are trusted");
    }
    roots
}
