//! The form of a token request (RFC 6749 section 4.4.2 and appendix B), read strictly: what stands
//! there twice is refused, what is not known is passed over (section 3.2).

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use grantd_model::Secret;
use http_body_util::{BodyExt, Limited};
use zeroize::Zeroize;

use super::error::OAuthError;
use crate::app::App;

/// The largest form, in bytes.
const MOST_BYTES: usize = 16 * 1024;

/// How long a form may take to come in.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The parameters that are read.
const KNOWN: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "audience",
    "resource",
];

/// A form; empty parameters count as left out.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) grant_type: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Secret<String>>,
    pub(super) has_assertion: bool,
    pub(super) scope: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) resource: Option<String>,
}

impl FromRequest<App> for Form {
    type Rejection = OAuthError;

    async fn from_request(request: Request, _: &App) -> Result<Self, OAuthError> {
        let is_form = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|value| {
                let form = "application/x-www-form-urlencoded";
                value.trim().eq_ignore_ascii_case(form)
            });
        if !is_form {
            return Err(OAuthError::invalid_request(
                "a body with Content-Type: application/x-www-form-urlencoded is expected",
            ));
        }
        if request.uri().query().is_some() {
            return Err(OAuthError::invalid_request(
                "parameters are expected in the body alone, not in the URL",
            ));
        }
        let reading = Limited::new(request.into_body(), MOST_BYTES).collect();
        let body = match tokio::time::timeout(TIMEOUT, reading).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                return Err(OAuthError::invalid_request(format!(
                    "a complete body of at most {MOST_BYTES} bytes is expected"
                )));
            }
            Err(_) => {
                return Err(OAuthError::invalid_request(
                    "a body that is complete within 30 s is expected",
                ));
            }
        };
        let mut bytes = Vec::from(body);
        let form = read(&bytes);
        bytes.zeroize();
        form
    }
}

fn read(bytes: &[u8]) -> Result<Form, OAuthError> {
    let mut form = Form::default();
    let mut seen = Vec::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        let mut value = value.into_owned();
        let Some(known) = KNOWN.into_iter().find(|known| *known == name) else {
            value.zeroize();
            continue;
        };
        if seen.contains(&known) {
            value.zeroize();
            return Err(OAuthError::invalid_request(format!(
                "the parameter {known} is expected once"
            )));
        }
        seen.push(known);
        if value.is_empty() {
            continue;
        }
        match known {
            "grant_type" => form.grant_type = Some(value),
            "client_id" => form.client_id = Some(value),
            "client_secret" => form.client_secret = Some(Secret::new(value)),
            "scope" => form.scope = Some(value),
            "audience" => form.audience = Some(value),
            "resource" => form.resource = Some(value),
            _ => form.has_assertion = true,
        }
    }
    Ok(form)
}
