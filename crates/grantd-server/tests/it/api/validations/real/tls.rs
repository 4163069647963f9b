//! Certificates that are not trusted, and one that is.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::real::{NAME, Real};

/// An authority of the test.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A server that shakes hands for this name and says nothing then.
    async fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> SocketAddr {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // who does not trust it goes away in the middle
                drop(acceptor.accept(stream).await);
            }
        });
        address
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told_with_what_to_do() {
    let real = Real::start().await;
    let authority = Authority::new();
    let good = authority.server(NAME, |_| ()).await;
    let other = authority.server("other.internal", |_| ()).await;
    let expired = authority.server(NAME, |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let expired = expired.await;
    let trusted = Some(&authority.pem);
    let mut told = String::new();
    for (what, host, server, bundle) in [
        ("an unknown authority", NAME, good, None),
        ("another authority", NAME, good, Some(&Authority::new().pem)),
        ("a wrong name", NAME, other, trusted),
        ("an address", "127.0.0.1", good, trusted),
        ("expired", NAME, expired, trusted),
        ("a good one, and nothing said", NAME, good, trusted),
    ] {
        let endpoint = format!("https://{host}:{}/token", server.port());
        let changes = json!({"token_endpoint": endpoint, "ca_bundle": bundle});
        told.push_str(&real.told(what, changes).await);
    }
    insta::assert_snapshot!(told);
}
