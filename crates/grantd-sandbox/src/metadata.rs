//! `GET /.well-known/oauth-authorization-server` (RFC 8414).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use grantd_model::{Origin, Scope, ScopeSet};
use serde_json::{Value, json};

use crate::server::{INTROSPECTION_PATH, TOKEN_PATH};
use crate::state::Shared;

const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// Answers with the metadata.
pub(crate) async fn get(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match issuer(&shared, &headers) {
        Some(issuer) => Json(metadata(&shared, &issuer)).into_response(),
        None => (StatusCode::BAD_REQUEST, "a Host header is expected\n").into_response(),
    }
}

/// The configured issuer, else the origin that the request names.
pub(crate) fn issuer(shared: &Shared, headers: &HeaderMap) -> Option<Origin> {
    if let Some(issuer) = &shared.issuer {
        return Some(issuer.clone());
    }
    let host = headers.get(header::HOST)?.to_str().ok()?;
    Origin::try_from(format!("http://{host}")).ok()
}

fn metadata(shared: &Shared, issuer: &Origin) -> Value {
    let mut document = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{TOKEN_PATH}"),
        "token_endpoint_auth_methods_supported": METHODS,
        "introspection_endpoint": format!("{issuer}{INTROSPECTION_PATH}"),
        "introspection_endpoint_auth_methods_supported": METHODS,
        "grant_types_supported": ["client_credentials"],
        // Section 2 requires it, section 3.2 wants empty ones left out; readers ask for the first.
        "response_types_supported": [],
    });
    let scopes: BTreeSet<&Scope> = shared
        .clients
        .values()
        .filter_map(|client| client.scopes.as_ref())
        .flat_map(ScopeSet::iter)
        .collect();
    if !scopes.is_empty() {
        document["scopes_supported"] = json!(scopes);
    }
    document
}
