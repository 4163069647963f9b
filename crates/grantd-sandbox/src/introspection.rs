//! `POST /introspect` (RFC 7662): any registered client may ask about any token.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::client_authentication::Presented;
use crate::form::Form;
use crate::oauth_error::{NO_STORE, OAuthError};
use crate::state::Shared;

/// Answers an introspection request.
pub(crate) async fn post(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match introspect(&shared, &headers, &body) {
        Ok(body) => (NO_STORE, Json(body)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn introspect(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Value, OAuthError> {
    let form = Form::read(headers, body)?;
    let presented = Presented::read(shared, headers, &form)?;
    let rotated = {
        let changing = shared.changing();
        changing.fault.rotated_secret(&presented.client_id).cloned()
    };
    presented.authenticate(shared, rotated.as_ref())?;
    let token = form
        .get("token")
        .ok_or_else(|| OAuthError::invalid_request("token is expected"))?;

    let changing = shared.changing();
    let Some(issued) = changing.tokens.find(token, shared.clock.now()) else {
        return Ok(json!({"active": false}));
    };
    let mut answer = json!({
        "active": true,
        "client_id": issued.client_id,
        "token_type": "Bearer",
        "iat": issued.issued_at.as_seconds(),
        "exp": issued.expires_at.as_seconds(),
    });
    if let Some(scope) = &issued.scope {
        answer["scope"] = json!(scope);
    }
    Ok(answer)
}
