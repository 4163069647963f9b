//! The HTTP client of the commands: one request to the API of a grantd, one answer or a failure.

mod answer;
mod cli_file;
mod connection;
mod download;
mod event_stream;
mod host_port;
mod key_file;
mod local;
mod profiles;
mod registries;
mod server_url;
mod streamed;

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{ApiKeySecret, KeyId, Secret};
use grantd_net::{
    Body, EgressPolicy, Limits, Net, NetConfig, NetError, Outbound, Request, TlsFault,
};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::announcement::Pinned;
use crate::failure::Failure;

pub(crate) use answer::Answer;
pub(crate) use connection::{Connection, ConnectionFlags, read_ca_file};
pub(crate) use event_stream::Event;
pub(crate) use host_port::HostPort;
pub(crate) use key_file::read_key_file;
pub(crate) use registries::{Registry, registries};
pub(crate) use server_url::is_loopback;

/// How long an answer may take.
const TOTAL: Duration = Duration::from_secs(30);
/// How long a token may take: the longest that a credential's own limit allows, and some more.
const TOKEN_TOTAL: Duration = Duration::from_secs(310);
/// The largest answer, in bytes: a full page of credentials with certificates.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// What is accepted where an answer is read as a whole.
const ACCEPTED: &str = "application/json, application/problem+json";

/// A request to the API.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    method: Method,
    path: Vec<&'a str>,
    query: Vec<(&'static str, String)>,
    content: Option<Content>,
    if_match: Option<String>,
    total: Duration,
    accept: &'static str,
}

/// What a request sends.
#[derive(Debug)]
enum Content {
    Json(&'static str, Value),
    Csv(Secret<Vec<u8>>),
}

/// Why a request brought nothing.
#[derive(Debug)]
pub(crate) struct Unanswered {
    /// What to tell.
    pub(crate) failure: Failure,
    /// Whether it may be another time, with nothing changed.
    pub(crate) may_pass: bool,
}

impl<'a> Call<'a> {
    /// A request of this path below `/v1`, by its segments.
    pub(crate) fn new(method: Method, path: &[&'a str]) -> Self {
        Self {
            method,
            path: path.to_vec(),
            query: Vec::new(),
            content: None,
            if_match: None,
            total: TOTAL,
            accept: ACCEPTED,
        }
    }

    /// Adds a parameter of the query, if there is a value.
    pub(crate) fn query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query
            .extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// Sends a JSON document.
    pub(crate) fn json(mut self, document: Value) -> Self {
        self.content = Some(Content::Json("application/json", document));
        self
    }

    /// Sends a JSON merge patch (RFC 7396).
    pub(crate) fn merge_patch(mut self, document: Value) -> Self {
        self.content = Some(Content::Json("application/merge-patch+json", document));
        self
    }

    /// Sends CSV, with secrets in it.
    pub(crate) fn csv(mut self, text: Secret<Vec<u8>>) -> Self {
        self.content = Some(Content::Csv(text));
        self
    }

    /// Demands this revision.
    pub(crate) fn if_match(mut self, etag: String) -> Self {
        self.if_match = Some(etag);
        self
    }

    /// Waits as long as an authorization server may take.
    pub(crate) const fn patient(mut self) -> Self {
        self.total = TOKEN_TOTAL;
        self
    }
}

/// Talks to one grantd.
pub(crate) struct Client {
    net: Net,
    base: Url,
    key: Secret<String>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// When the CA bundle can not be read.
    pub(crate) fn new(connection: Connection) -> Result<Self, Failure> {
        let mut config = NetConfig::new(EgressPolicy::unrestricted());
        config.extra_ca_bundle = connection.ca_bundle;
        if let Some(address) = connection.address {
            config.resolver = Arc::new(Pinned(address));
        }
        let net =
            Net::new(config).map_err(|fault| Failure::usage(format!("the CA file: {fault}")))?;
        Ok(Self {
            net,
            base: connection.url,
            key: connection.key,
        })
    }

    /// The id of the key that is shown.
    pub(crate) fn key_id(&self) -> Option<KeyId> {
        let key = ApiKeySecret::parse(self.key.expose()).ok()?;
        Some(key.id)
    }

    /// Sends a request; an answer that is no success is a failure.
    ///
    /// # Errors
    /// When there is no answer, or it says no.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let answer = self.try_send(call).await;
        answer.map_err(|unanswered| unanswered.failure)
    }

    /// Sends a request, and tells whether it is worth while to send it again.
    ///
    /// # Errors
    /// When there is no answer, or it says no.
    pub(crate) async fn try_send(&self, call: Call<'_>) -> Result<Answer, Unanswered> {
        let lasting = |failure| Unanswered {
            failure,
            may_pass: false,
        };
        let request = self.request(call).map_err(lasting)?;
        match self.net.send(request).await {
            Ok(response) => answer::read(&self.base, &response).map_err(|failure| Unanswered {
                failure,
                may_pass: response.status.is_server_error()
                    || response.status == StatusCode::TOO_MANY_REQUESTS,
            }),
            Err(failure) => Err(Unanswered {
                failure: self.unreachable(&failure.error),
                may_pass: !matches!(
                    failure.error,
                    NetError::InvalidRequest(_) | NetError::Refused(_)
                ),
            }),
        }
    }

    /// The URL of a path of the server, for people.
    pub(crate) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn request(&self, call: Call<'_>) -> Result<Request, Failure> {
        let mut url = self.url(&[&["v1"], call.path.as_slice()].concat());
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = Request::new(call.method, url);
        request.limits = Limits {
            total: call.total,
            response_bytes: MOST_BYTES,
            ..Limits::default()
        };
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.key.expose()))
            .map_err(|_| Failure::usage("the API key holds what a header must not hold"))?;
        bearer.set_sensitive(true);
        request.headers = vec![
            (AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static(call.accept)),
        ];
        let content = call.content.map(|content| match content {
            Content::Csv(text) => ("text/csv", text),
            Content::Json(media_type, mut document) => {
                let text = Secret::new(document.to_string().into_bytes());
                wipe(&mut document);
                (media_type, text)
            }
        });
        if let Some((media_type, text)) = content {
            let media_type = HeaderValue::from_static(media_type);
            request.headers.push((CONTENT_TYPE, media_type));
            request.body = Body::Secret(text);
        }
        if let Some(etag) = call.if_match {
            request.headers.push(header(IF_MATCH, &etag)?);
        }
        Ok(request)
    }

    fn unreachable(&self, error: &NetError) -> Failure {
        let failure = Failure::refused(format!("no answer of grantd at {}: {error}", self.base));
        match error {
            NetError::ConnectRefused { .. } => failure.with_remedy(
                "Start it with `grantd serve`, or say where it is with --url or --state-dir.",
            ),
            NetError::Tls(TlsFault::UnknownIssuer) => failure.with_remedy(
                "If the authority is your own, name the PEM file of its certificate with \
                 --ca-file, in GRANTD_CA_FILE or in a profile.",
            ),
            NetError::Tls(TlsFault::NameMismatch(_)) => {
                failure.with_remedy("Name the server with --url as its certificate does.")
            }
            NetError::Refused(_) => {
                failure.with_remedy("Check the URL; such an address is never called.")
            }
            other => failure.with_remedy(other.remedy()),
        }
    }
}

fn header(name: HeaderName, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    match HeaderValue::from_str(value) {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Failure::usage(format!(
            "the header {name} can not hold such a value"
        ))),
    }
}

/// Wipes every text of a document that may have held a secret.
fn wipe(document: &mut Value) {
    match document {
        Value::String(text) => drop(Secret::new(std::mem::take(text))),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
