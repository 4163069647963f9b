//! `GET /resource`: something to use a token on (RFC 6750).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::oauth_error::NO_STORE;
use crate::state::Shared;

/// Nothing was shown, so nothing is said to be wrong with it (RFC 6750 section 3.1).
const NO_TOKEN: &str = "Bearer realm=\"sandbox\"";
const BAD_TOKEN: &str = "Bearer realm=\"sandbox\", error=\"invalid_token\", \
    error_description=\"the access token is unknown or has ended\"";

/// Greets whom the token was issued to.
pub(crate) async fn get(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        return refuse(NO_TOKEN, "an access token is expected");
    };
    let Some(token) = authorization.to_str().ok().and_then(bearer) else {
        return refuse(NO_TOKEN, "the Bearer scheme is expected");
    };
    let now = shared.clock.now();
    let changing = shared.changing();
    let Some(issued) = changing.tokens.find(token, now) else {
        return refuse(BAD_TOKEN, "the access token is unknown or has ended");
    };
    let mut body = json!({
        "hello": issued.client_id,
        "expires_in": issued.expires_at.since(now).as_secs(),
    });
    if let Some(scope) = &issued.scope {
        body["scope"] = json!(scope);
    }
    (NO_STORE, Json(body)).into_response()
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn refuse(challenge: &'static str, message: &str) -> Response {
    let body = Json(json!({"error": "invalid_token", "error_description": message}));
    let challenge = [(header::WWW_AUTHENTICATE, challenge)];
    (StatusCode::UNAUTHORIZED, NO_STORE, challenge, body).into_response()
}
