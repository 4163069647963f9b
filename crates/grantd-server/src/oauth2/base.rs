//! Under which address clients know this server.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::host;
use crate::problem::{Problem, ProblemCode};

/// The server's address without a path: as the operator has set it, else as this client calls it,
/// whose Host was checked before.
pub(super) struct Base(String);

impl Base {
    /// The issuer identifier (RFC 8414 section 2).
    pub(super) fn issuer(&self) -> &str {
        &self.0
    }

    /// The URL of this path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromRequestParts<App> for Base {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(url) = &app.settings.public_url {
            return Ok(Self(url.as_str().trim_end_matches('/').to_owned()));
        }
        let scheme = if app.settings.clients_use_tls {
            "https"
        } else {
            "http"
        };
        host::named(parts.version, &parts.headers, &parts.uri)
            .map(|authority| Self(format!("{scheme}://{authority}")))
            .ok_or_else(|| Problem::of(ProblemCode::HostNotAllowed))
    }
}
