//! What is to be sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use grantd_model::{ProxyUrl, Secret};
use http::{HeaderName, HeaderValue, Method};
use url::Url;

use crate::body_observer::BodyObserver;
use crate::client_certificate::ClientCertificate;
use crate::phases::PhaseObserver;

/// A request with everything that decides how it leaves.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to: https, or http to loopback. User information and fragment are not sent.
    pub url: Url,
    /// Header fields; those with secrets are marked as sensitive by the caller. Fields that frame
    /// the message or steer the connection (`Host`, `Content-Length`, …) are refused. Their values
    /// are freed without being wiped.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Body,
    /// How long it may take and how much may come back.
    pub limits: Limits,
    /// PEM certificates of the only authorities trusted, instead of the usual ones.
    pub ca_bundle: Option<Arc<str>>,
    /// The certificate to show where the server asks for one.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// The proxy to leave through.
    pub proxy: ProxyChoice,
    /// Whether an idle connection may be taken.
    pub connection: ConnectionChoice,
    /// Is told of phases while they happen.
    pub observer: Option<Arc<dyn PhaseObserver>>,
    /// Is told of the answer while it comes.
    pub body_observer: Option<Arc<dyn BodyObserver>>,
}

impl Request {
    /// A request without body and headers, with the default limits.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body: Body::Empty,
            limits: Limits::default(),
            ca_bundle: None,
            certificate: None,
            proxy: ProxyChoice::default(),
            connection: ConnectionChoice::default(),
            observer: None,
            body_observer: None,
        }
    }

    /// The host and, where it is not the usual one, the port: for messages, without path or query.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("authority", &self.authority())
            .field("body", &self.body)
            .field("limits", &self.limits)
            .field("own_ca_bundle", &self.ca_bundle.is_some())
            .field("own_certificate", &self.certificate.is_some())
            .field("proxy", &self.proxy)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// The body of a request.
#[derive(Clone)]
pub enum Body {
    /// None.
    Empty,
    /// One without secrets.
    Plain(Bytes),
    /// One with secrets. It is wiped after it was sent; copies that the HTTP and TLS layers make
    /// in their write buffers are freed without being wiped.
    Secret(Secret<Vec<u8>>),
}

impl Body {
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Plain(bytes) => bytes,
            Self::Secret(secret) => Bytes::from_owner(WipedOnDrop(secret)),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Plain(bytes) => write!(f, "Plain({} bytes)", bytes.len()),
            Self::Secret(_) => f.write_str("Secret(…)"),
        }
    }
}

/// How long a request may take and how much may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the connection stands: look-up, TCP, proxy and TLS together.
    pub connect: Duration,
    /// The request as a whole, connecting included.
    pub total: Duration,
    /// The body of the answer, in bytes.
    pub response_bytes: usize,
    /// Between two pieces of an answer that is read piece by piece.
    pub stalled: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(30),
            response_bytes: 1024 * 1024,
            stalled: Duration::from_secs(30),
        }
    }
}

/// The proxy that a request leaves through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// The operator's, where one is set; targets on this machine are reached without it.
    #[default]
    Global,
    /// This one. Its own address must pass the egress guard; for plain http it must be loopback.
    Through(ProxyUrl),
}

/// Whether an idle connection may be taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConnectionChoice {
    /// An idle one where there is one.
    #[default]
    Pooled,
    /// A new one, so that each phase really happens.
    Fresh,
}

/// Owns the bytes that hyper reads from; the last reference to them wipes them.
struct WipedOnDrop(Secret<Vec<u8>>);

impl AsRef<[u8]> for WipedOnDrop {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_path_nor_query_nor_body_nor_headers() {
        let url = Url::parse("https://login.example.com:8443/token?key=canary").unwrap();
        let mut request = Request::new(Method::POST, url);
        request.body = Body::Plain(Bytes::from_static(b"canary"));
        request.headers.push((
            http::header::AUTHORIZATION,
            HeaderValue::from_static("canary"),
        ));
        let text = format!("{request:?}");
        assert!(text.contains("login.example.com:8443"), "{text}");
        assert!(
            !text.contains("canary") && !text.contains("/token"),
            "{text}"
        );
    }
}
