//! Errors of the token endpoint (RFC 6749 section 5.2).

use axum::Json;
use axum::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use grantd_engine::EngineError;
use grantd_model::ErrorKind;
use serde::Serialize;

use super::form::Form;
use crate::problem::Problem;

/// How long a client is to wait where nothing says more, in seconds.
const WAIT_S: u64 = 1;

/// Why no token is given.
#[derive(Debug)]
pub(super) struct OAuthError {
    code: &'static str,
    description: String,
    retry_after_s: Option<u64>,
}

#[derive(Serialize)]
struct Document {
    error: &'static str,
    error_description: String,
}

impl OAuthError {
    fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
            retry_after_s: None,
        }
    }

    /// A parameter is missing, unknown or repeated.
    pub(super) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    /// The client is unknown, or its secret is wrong.
    pub(super) fn invalid_client(description: impl Into<String>) -> Self {
        Self::new("invalid_client", description)
    }

    /// The scope names no credential that the client may have tokens of.
    pub(super) fn invalid_scope(description: impl Into<String>) -> Self {
        Self::new("invalid_scope", description)
    }

    /// Another grant than the client credentials grant.
    pub(super) fn unsupported_grant_type() -> Self {
        Self::new(
            "unsupported_grant_type",
            "`client_credentials` is expected as grant_type",
        )
    }

    /// The same where no scope named the credential, but a resource or an audience (RFC 8707
    /// section 2).
    pub(super) fn of_target(self, form: &Form) -> Self {
        let by_target = form.resource.is_some() || form.audience.is_some();
        let code = match self.code {
            "invalid_scope" if form.scope.is_none() && by_target => "invalid_target",
            code => code,
        };
        Self { code, ..self }
    }

    /// Why the engine gave none. That the upstream authorization server refused, or that settings
    /// are of no use, is never told as the client's own fault.
    pub(super) fn of(error: EngineError) -> Self {
        match error.kind() {
            ErrorKind::Unauthenticated => Self::invalid_client(error.to_string()),
            ErrorKind::Forbidden | ErrorKind::Disabled => Self::invalid_scope(error.to_string()),
            // without the name, which could be a secret in the wrong place
            ErrorKind::NotFound => {
                Self::invalid_scope("there is no credential of this name for this client")
            }
            _ => {
                let problem = Problem::from(error);
                Self {
                    code: "temporarily_unavailable",
                    description: problem.in_words(),
                    retry_after_s: Some(problem.retry_after_s().unwrap_or(WAIT_S)),
                }
            }
        }
    }

    fn status(&self) -> StatusCode {
        match self.code {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let status = self.status();
        let document = Document {
            error: self.code,
            error_description: allowed(&self.description),
        };
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"grantd\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The characters that RFC 6749 section 5.2 allows in a description; others are replaced.
fn allowed(text: &str) -> String {
    let one = |c: char| match c {
        '"' | '`' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().map(one).collect()
}
