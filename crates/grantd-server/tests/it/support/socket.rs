//! The API on a socket of this machine, and connections to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use grantd_model::Secret;
use grantd_server::{Server, ServerSettings, ServerTls, TlsIdentity};
use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

use super::TestApp;

/// How long any step may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// A server on a socket.
pub(crate) struct Socket {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    serving: JoinHandle<grantd_server::Ended>,
}

/// A certificate for `localhost`, and what the server makes of it.
pub(crate) struct Certificate {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) identity: TlsIdentity,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let key = Secret::new(key.serialize_pem());
        Self {
            der: certificate.der().clone(),
            identity: TlsIdentity::from_pem(&certificate.pem(), &key).unwrap(),
        }
    }
}

impl Socket {
    /// Serves the API.
    pub(crate) async fn open(app: &TestApp, tls: Option<ServerTls>) -> Self {
        let settings = ServerSettings {
            allowed_hosts: vec!["localhost".to_owned()],
            clients_use_tls: true,
            ..ServerSettings::default()
        };
        Self::open_with(app, tls, settings).await
    }

    /// Serves the API by these settings.
    pub(crate) async fn open_with(
        app: &TestApp,
        tls: Option<ServerTls>,
        settings: ServerSettings,
    ) -> Self {
        let server = Server::new(grantd_engine::Engine::clone(&app.engine), settings);
        let server = match tls {
            Some(tls) => server.with_tls(tls),
            None => server,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(server.serve(listener, shutdown.clone()));
        Self {
            address,
            shutdown,
            serving,
        }
    }

    /// A connection, nothing sent.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A handshake that trusts this certificate and offers these protocols.
    pub(crate) async fn handshake(
        &self,
        certificate: &Certificate,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        let name = "localhost".try_into().unwrap();
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, self.connect().await);
        within(connecting).await
    }

    /// Waits until nothing is accepted any more.
    pub(crate) async fn refused(&self) {
        while TcpStream::connect(self.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(self) {
        within(self.serving).await.unwrap();
    }
}

/// The result of a step that has to end.
pub(crate) async fn within<T>(step: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, step)
        .await
        .expect("a step does not end")
}

/// HTTP/1.1 on this stream.
pub(crate) async fn http1<S>(stream: S) -> http1::SendRequest<Body>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// HTTP/2 on this stream.
pub(crate) async fn http2<S>(stream: S) -> http2::SendRequest<Body>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let shaking = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (sender, connection) = within(shaking).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A request; for HTTP/2 the target is a whole URL, for HTTP/1.1 a path.
pub(crate) fn request(method: Method, target: &str, key: &str) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", format!("Bearer {key}"));
    let request = if target.starts_with('/') {
        request.header("host", "localhost")
    } else {
        request
    };
    request.body(Body::empty()).unwrap()
}

/// Status and body of an answer.
pub(crate) async fn whole(
    answer: axum::http::Response<hyper::body::Incoming>,
) -> (StatusCode, Bytes) {
    let status = answer.status();
    let body = within(answer.into_body().collect())
        .await
        .unwrap()
        .to_bytes();
    (status, body)
}
