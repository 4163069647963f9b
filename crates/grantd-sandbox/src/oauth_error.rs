//! Error answers of the token endpoint (RFC 6749 section 5.2).

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Keeps answers with tokens out of caches (RFC 6749 section 5.1).
pub(crate) const NO_STORE: [(HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
];

/// A refusal: its code of RFC 6749 section 5.2 and a sentence for the developer.
#[derive(Debug)]
pub(crate) struct OAuthError {
    /// The code.
    pub(crate) code: &'static str,
    description: String,
}

impl OAuthError {
    /// The request is malformed.
    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::of("invalid_request", description)
    }

    /// The client did not prove who it is.
    pub(crate) fn invalid_client(description: impl Into<String>) -> Self {
        Self::of("invalid_client", description)
    }

    /// The scope is unknown, malformed or not for this client.
    pub(crate) fn invalid_scope(description: impl Into<String>) -> Self {
        Self::of("invalid_scope", description)
    }

    /// The grant is not the client credentials grant.
    pub(crate) fn unsupported_grant_type() -> Self {
        Self::of(
            "unsupported_grant_type",
            "grant_type=client_credentials is expected",
        )
    }

    fn of(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Json(json!({"error": self.code, "error_description": self.description}));
        if self.code == "invalid_client" {
            let challenge = (
                header::WWW_AUTHENTICATE,
                "Basic realm=\"sandbox\", charset=\"UTF-8\"",
            );
            (StatusCode::UNAUTHORIZED, NO_STORE, [challenge], body).into_response()
        } else {
            (StatusCode::BAD_REQUEST, NO_STORE, body).into_response()
        }
    }
}
