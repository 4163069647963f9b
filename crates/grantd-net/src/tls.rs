//! TLS to the target: rustls with its provider named, TLS 1.2 and 1.3, HTTP/1.1 alone.
//!
//! The usual authorities are those of the system (`SSL_CERT_FILE` and `SSL_CERT_DIR` included), or
//! Mozilla's where the system has none; they are loaded once. A bundle of a request replaces them.
//! A request may show a certificate of its own; it shares no connection with others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use grantd_model::Invalid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use crate::ca_bundle;
use crate::client_certificate::{ClientCertificate, wrong};
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

impl TlsConfig {
    /// The same for a protocol that is not HTTP.
    pub(crate) fn without_alpn(&self) -> Self {
        self.with_alpn(Vec::new())
    }

    /// The same with other protocols on offer (RFC 7301).
    pub(crate) fn with_alpn(&self, protocols: Vec<Vec<u8>>) -> Self {
        let mut client = ClientConfig::clone(&self.client);
        client.alpn_protocols = protocols;
        Self {
            id: self.id,
            client: Arc::new(client),
        }
    }
}

impl Way {
    /// Certificates are the same only by their pointer, so that private keys are never compared.
    fn is(&self, other: &Self) -> bool {
        let same_certificate = match (&self.certificate, &other.certificate) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same_certificate && self.bundle == other.bundle
    }
}

/// The configurations by their authorities.
pub(crate) struct TlsConfigs {
    provider: Arc<CryptoProvider>,
    /// The usual authorities.
    roots: RootCertStore,
    usual: TlsConfig,
    own: Mutex<Own>,
}

/// Configurations that are not the usual one, the one used last at the end.
struct Own {
    kept: VecDeque<(Way, TlsConfig)>,
    next_id: u64,
}

/// Who is trusted, and what is shown.
struct Way {
    bundle: Option<Arc<str>>,
    certificate: Option<Arc<ClientCertificate>>,
}

impl TlsConfigs {
    /// Loads the usual authorities and adds those of the bundle.
    pub(crate) fn new(extra: Option<&str>) -> Result<Self, Invalid> {
        Self::numbered(extra, 0)
    }

    /// Those of another bundle in the place of these: no connection of before is taken for one of theirs.
    pub(crate) fn with_bundle(&self, extra: Option<&str>) -> Result<Self, Invalid> {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        Self::numbered(extra, own.next_id)
    }

    fn numbered(extra: Option<&str>, first: u64) -> Result<Self, Invalid> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = usual_roots();
        if let Some(pem) = extra {
            ca_bundle::add_to(&mut roots, pem)?;
        }
        let usual = TlsConfig {
            id: first,
            client: client(Arc::clone(&provider), roots.clone(), None)?,
        };
        Ok(Self {
            provider,
            roots,
            usual,
            own: Mutex::new(Own {
                kept: VecDeque::new(),
                next_id: first + 1,
            }),
        })
    }

    /// The configuration for a bundle and a certificate, or the usual one.
    pub(crate) fn config(
        &self,
        bundle: Option<&Arc<str>>,
        certificate: Option<&Arc<ClientCertificate>>,
    ) -> Result<TlsConfig, Invalid> {
        if bundle.is_none() && certificate.is_none() {
            return Ok(self.usual.clone());
        }
        let way = Way {
            bundle: bundle.cloned(),
            certificate: certificate.cloned(),
        };
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = own.kept.iter().position(|(kept, _)| kept.is(&way))
            && let Some(found) = own.kept.remove(at)
        {
            let config = found.1.clone();
            own.kept.push_back(found);
            return Ok(config);
        }
        let roots = match bundle {
            Some(bundle) => ca_bundle::roots(bundle)?,
            None => self.roots.clone(),
        };
        let config = TlsConfig {
            id: own.next_id,
            client: client(
                Arc::clone(&self.provider),
                roots,
                certificate.map(Arc::as_ref),
            )?,
        };
        own.next_id += 1;
        if own.kept.len() >= MOST_KEPT {
            own.kept.pop_front();
        }
        own.kept.push_back((way, config.clone()));
        Ok(config)
    }
}

/// Shakes hands for the host of the URL.
pub(crate) async fn handshake<T: AsyncRead + AsyncWrite + Unpin>(
    config: &TlsConfig,
    url: &Url,
    stream: T,
) -> Result<TlsStream<T>, NetError> {
    let name = server_name(url)?;
    TlsConnector::from(Arc::clone(&config.client))
        .connect(name, stream)
        .await
        .map_err(|fault| NetError::Tls(TlsFault::of_io(&fault).unwrap_or(TlsFault::Closed)))
}

/// What was agreed on, for people.
pub(crate) fn agreed<T>(stream: &TlsStream<T>) -> String {
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
    certificate: Option<&ClientCertificate>,
) -> Result<Arc<ClientConfig>, Invalid> {
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|fault| Invalid::new("tls", fault.to_string()))?
        .with_root_certificates(roots);
    let mut config = match certificate {
        None => config.with_no_client_auth(),
        Some(certificate) => {
            let (chain, key) = certificate.parts()?;
            let with_it = config.with_client_auth_cert(chain, key);
            with_it
                .map_err(|_| wrong("the private key is not the one of the client certificate"))?
        }
    };
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
