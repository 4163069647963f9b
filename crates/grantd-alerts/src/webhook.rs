//! A webhook as Standard Webhooks has it.

use bytes::Bytes;
use grantd_model::alert::HookUrl;
use grantd_model::{AlertId, AlertMessage, Timestamp};
use grantd_net::{Body, Request};
use http::{HeaderName, HeaderValue, Method, header};

use crate::SigningSecret;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The request that delivers a message. The time is that of the attempt: receivers refuse what is old.
#[must_use]
pub fn request(
    url: &HookUrl,
    secrets: &[SigningSecret],
    (id, now): (AlertId, Timestamp),
    message: &AlertMessage,
) -> Request {
    let body = serde_json::to_vec(message).unwrap_or_default();
    let id = id.to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| secret.sign(&id, now, &body))
        .collect();
    let mut request = post(url, Bytes::from(body));
    for (name, text) in [
        (ID, id),
        (TIMESTAMP, now.as_seconds().to_string()),
        (SIGNATURE, signatures.join(" ")),
    ] {
        // all of them are printable ASCII
        if let Ok(value) = HeaderValue::try_from(text) {
            request.headers.push((name, value));
        }
    }
    request
}

/// A POST of a JSON document.
pub(crate) fn post(url: &HookUrl, body: Bytes) -> Request {
    let mut request = Request::new(Method::POST, url.url().clone());
    request.headers.push((
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    ));
    request.body = Body::Plain(body);
    request.limits.total = std::time::Duration::from_secs(20);
    request.limits.response_bytes = 64 * 1024;
    request
}
