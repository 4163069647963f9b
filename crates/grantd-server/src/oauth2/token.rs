//! `POST /oauth2/token` (RFC 6749 section 4.4).

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::response::{IntoResponse, Response};
use grantd_engine::TokenWish;
use serde::Serialize;

use super::client;
use super::error::OAuthError;
use super::form::Form;
use super::wanted;
use crate::app::App;
use crate::observe::note_actor;

/// A token response (RFC 6749 section 5.1).
#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    token_type: String,
    expires_in: u64,
    /// What the client asked for, which is not what the authorization server granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// Gives a token of the credential that the scope names.
pub(super) async fn token(
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Result<Response, OAuthError> {
    let mut form = form?;
    let client = client::shown(&headers, &mut form)?;
    let actor = app.engine.authenticate(&client).await;
    let actor = actor.map_err(OAuthError::of)?;
    note_actor(&actor);
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(OAuthError::unsupported_grant_type()),
        None => {
            return Err(OAuthError::invalid_request(
                "grant_type=client_credentials is expected",
            ));
        }
    }
    let wanted = wanted::credential(&form).map_err(|error| error.of_target(&form))?;
    let handed_out = app
        .engine
        .token(&actor, &wanted, &TokenWish::default())
        .await
        .map_err(|error| OAuthError::of(error).of_target(&form))?;
    let token = handed_out.access_token();
    let response = TokenResponse {
        access_token: token.value.expose().clone(),
        token_type: token.token_type.to_string(),
        expires_in: handed_out.left.as_secs(),
        scope: form.scope,
    };
    let no_copy = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
    Ok((no_copy, Json(response)).into_response())
}
