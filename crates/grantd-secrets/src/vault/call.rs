//! One request to a vault, and what its answer means.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{Clock, Secret};
use grantd_net::{Body, ClientCertificate, Limits, NetError, Outbound, Request, Response};
use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroize;

/// The most of an answer that is read, in bytes: far more than any secret.
pub(super) const MOST_BYTES: usize = 256 * 1024;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most of a message of the vault that is quoted.
const MOST_QUOTED: usize = 200;

/// Why a vault did not do it.
#[derive(Debug)]
pub(super) enum VaultFault {
    /// There is nothing at that path.
    Missing,
    /// The token may not do that, or is none any more.
    Denied,
    /// It does not let grantd in.
    LoginRefused(String),
    /// It is sealed, or was never initialised.
    Sealed(&'static str),
    /// It is a standby that does not answer itself.
    Standby(String),
    /// It asks to wait.
    Busy(Option<Duration>),
    /// It can not be reached.
    Network(NetError),
    /// It has a fault.
    Unreachable(String),
    /// It answers more than any secret.
    TooLarge,
    /// It answers what a vault does not.
    Strange(String),
}

impl VaultFault {
    /// What it means while grantd signs in.
    pub(super) fn at_login(self) -> Self {
        match self {
            Self::Denied => Self::LoginRefused("permission denied".to_owned()),
            Self::Strange(what) => Self::LoginRefused(what),
            Self::Missing => {
                Self::LoginRefused("there is no such sign-in method at this path".to_owned())
            }
            other => other,
        }
    }
}

/// Where and how a vault is asked.
pub(super) struct VaultCall<'a> {
    pub(super) outbound: &'a dyn Outbound,
    pub(super) clock: &'a dyn Clock,
    pub(super) address: &'a Url,
    pub(super) namespace: Option<&'a str>,
    pub(super) ca_bundle: Option<&'a Arc<str>>,
    pub(super) certificate: Option<&'a Arc<ClientCertificate>>,
    pub(super) token: Option<&'a Secret<String>>,
}

impl<'a> VaultCall<'a> {
    /// The same with a token.
    pub(super) const fn with_token(&self, token: &'a Secret<String>) -> Self {
        Self {
            outbound: self.outbound,
            clock: self.clock,
            address: self.address,
            namespace: self.namespace,
            ca_bundle: self.ca_bundle,
            certificate: self.certificate,
            token: Some(token),
        }
    }

    pub(super) fn since_boot(&self) -> Duration {
        self.clock.since_boot()
    }

    /// Reads; the query is part of the path.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, VaultFault> {
        self.send(Method::GET, path, Body::Empty).await
    }

    /// Writes, or does something.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: serde_json::Value,
    ) -> Result<T, VaultFault> {
        let text = body.to_string();
        wipe(body);
        let body = Body::Secret(Secret::new(text.into_bytes()));
        self.send(Method::POST, path, body).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<T, VaultFault> {
        let request = self.request(method, path, body)?;
        let answer = self.outbound.send(request).await;
        let mut answer = answer.map_err(|failure| match failure.error {
            NetError::TooLarge { .. } => VaultFault::TooLarge,
            error => VaultFault::Network(error),
        })?;
        if !answer.status.is_success() {
            return Err(fault(&answer));
        }
        let body: &[u8] = if answer.body.is_empty() {
            b"{}"
        } else {
            &answer.body
        };
        let read = serde_json::from_slice(body);
        answer.wipe();
        read.map_err(|_| VaultFault::Strange("the answer is not of the expected form".to_owned()))
    }

    fn request(&self, method: Method, path: &str, body: Body) -> Result<Request, VaultFault> {
        let strange = |what: &str| VaultFault::Strange(what.to_owned());
        let base = self.address.as_str().trim_end_matches('/');
        let url = format!("{base}/v1/{path}").parse();
        let url: Url = url.map_err(|_| strange("the path makes no URL"))?;
        let mut request = Request::new(method, url);
        request.limits = Limits {
            total: TIMEOUT,
            response_bytes: MOST_BYTES,
            ..Limits::default()
        };
        request.ca_bundle = self.ca_bundle.cloned();
        request.certificate = self.certificate.cloned();
        request.body = body;
        // without it a vault behind an agent may take the request for one of a browser
        request.headers.push((
            HeaderName::from_static("x-vault-request"),
            HeaderValue::from_static("true"),
        ));
        if let Some(namespace) = self.namespace {
            let value = HeaderValue::try_from(namespace);
            let value = value.map_err(|_| strange("the namespace is no header value"))?;
            request
                .headers
                .push((HeaderName::from_static("x-vault-namespace"), value));
        }
        if let Some(token) = self.token {
            let mut value = HeaderValue::try_from(token.expose().as_str())
                .map_err(|_| VaultFault::LoginRefused("the token is no token".to_owned()))?;
            value.set_sensitive(true);
            request
                .headers
                .push((HeaderName::from_static("x-vault-token"), value));
        }
        Ok(request)
    }
}

#[derive(Deserialize, Default)]
struct Errors {
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

fn fault(answer: &Response) -> VaultFault {
    let told: Errors = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = quoted(told.errors.join("; "));
    let status = answer.status.as_u16();
    let with_status = || match said.as_str() {
        "" => format!("the vault answers status {status}"),
        said => format!("the vault answers status {status}: {said}"),
    };
    match status {
        400 => VaultFault::Strange(with_status()),
        403 => VaultFault::Denied,
        404 => match told.warnings.unwrap_or_default().into_iter().next() {
            // such as that the mount is of the other version of the key-value engine
            Some(warning) => VaultFault::Strange(quoted(warning)),
            None => VaultFault::Missing,
        },
        472 | 473 => VaultFault::Standby(with_status()),
        501 => VaultFault::Sealed("the vault was never initialised"),
        503 if said.to_lowercase().contains("sealed") => VaultFault::Sealed("the vault is sealed"),
        412 | 429 | 503 => VaultFault::Busy(retry_after(answer)),
        _ if answer.status == StatusCode::TEMPORARY_REDIRECT => VaultFault::Standby(
            "the vault is a standby that sends to another address, which is not followed"
                .to_owned(),
        ),
        502 | 504 => VaultFault::Unreachable(with_status()),
        // of this request alone, as far as anybody knows
        _ => VaultFault::Strange(with_status()),
    }
}

/// What a vault said, without what would not look like it.
fn quoted(mut said: String) -> String {
    said.retain(|c| !c.is_control());
    if let Some((at, _)) = said.char_indices().nth(MOST_QUOTED) {
        said.truncate(at);
    }
    said
}

fn retry_after(answer: &Response) -> Option<Duration> {
    let value = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Wipes what was read of a secret.
pub(super) fn wipe(mut value: serde_json::Value) {
    match &mut value {
        serde_json::Value::String(text) => text.zeroize(),
        serde_json::Value::Object(members) => {
            for (_, member) in std::mem::take(members) {
                wipe(member);
            }
        }
        serde_json::Value::Array(members) => {
            for member in std::mem::take(members) {
                wipe(member);
            }
        }
        _ => {}
    }
}
