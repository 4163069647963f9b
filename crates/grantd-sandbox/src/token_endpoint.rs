//! `POST /token`: the client credentials grant (RFC 6749 section 4.4).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use grantd_model::{ScopeSet, Secret};
use serde_json::{Value, json};

use crate::client_authentication::Presented;
use crate::config::SandboxClient;
use crate::fault_answer::{Verdict, act};
use crate::faults::Effect;
use crate::form::Form;
use crate::oauth_error::{NO_STORE, OAuthError};
use crate::state::Shared;
use crate::tokens::IssuedToken;

/// What every token of the sandbox begins with, so that one in the wrong place is recognised.
const TOKEN_PREFIX: &str = "sbx_";

/// Answers a token request.
pub(crate) async fn post(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = TokenRequest::read(&shared, &headers, &body);
    let client_id = request
        .as_ref()
        .ok()
        .map(|request| request.presented.client_id.clone())
        .filter(|id| shared.clients.contains_key(id));
    let effect = arrive(&shared, client_id.as_deref());
    let rotated = match act(&shared, effect).await {
        Verdict::Proceed(rotated) => rotated,
        Verdict::Answered(response) => return response,
    };
    let answer = request.and_then(|request| request.grant(&shared, rotated.as_ref()));
    let outcome = answer
        .as_ref()
        .map_or_else(|error| error.code, |_| "issued");
    let client_id = client_id.as_deref();
    shared.changing().stats.ended(client_id, outcome);
    match answer {
        Ok(body) => (NO_STORE, Json(body)).into_response(),
        Err(error) => error.into_response(),
    }
}

/// Counts the request and says which fault it meets.
fn arrive(shared: &Shared, client_id: Option<&str>) -> Effect {
    let mut changing = shared.changing();
    changing.stats.arrived(client_id);
    let effect = changing.fault.strike(client_id);
    if let Some(outcome) = effect.outcome() {
        changing.stats.ended(client_id, outcome);
    }
    effect
}

struct TokenRequest {
    form: Form,
    presented: Presented,
}

impl TokenRequest {
    fn read(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let form = Form::read(headers, body)?;
        let presented = Presented::read(shared, headers, &form)?;
        Ok(Self { form, presented })
    }

    /// The token response (RFC 6749 section 5.1).
    fn grant(
        &self,
        shared: &Shared,
        rotated: Option<&Secret<String>>,
    ) -> Result<Value, OAuthError> {
        let client = self.presented.authenticate(shared, rotated)?;
        match self.form.get("grant_type") {
            Some("client_credentials") => {}
            Some(_) => return Err(OAuthError::unsupported_grant_type()),
            None => return Err(OAuthError::invalid_request("grant_type is expected")),
        }
        let scope = granted_scope(client, self.form.get("scope"))?;
        Ok(issue(shared, client, scope))
    }
}

fn granted_scope(
    client: &SandboxClient,
    asked: Option<&str>,
) -> Result<Option<ScopeSet>, OAuthError> {
    let Some(asked) = asked else {
        return Ok(client.scopes.clone());
    };
    let asked = ScopeSet::parse(asked).map_err(|_| {
        OAuthError::invalid_scope(
            "scope tokens divided by spaces are expected (RFC 6749 section 3.3)",
        )
    })?;
    match &client.scopes {
        Some(registered) if registered.contains_all(&asked) => Ok(Some(asked)),
        Some(registered) => Err(OAuthError::invalid_scope(format!(
            "a part of these scopes is expected: {registered}"
        ))),
        None => Err(OAuthError::invalid_scope(
            "no scope is expected, this client takes none",
        )),
    }
}

fn issue(shared: &Shared, client: &SandboxClient, scope: Option<ScopeSet>) -> Value {
    let token = format!("{TOKEN_PREFIX}{}", shared.random_text());
    let issued_at = shared.clock.now();
    let mut body = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": shared.token_lifetime.as_secs(),
    });
    if let Some(scope) = &scope {
        body["scope"] = json!(scope);
    }
    let issued = IssuedToken {
        client_id: client.client_id.clone(),
        scope,
        issued_at,
        expires_at: issued_at.plus(shared.token_lifetime),
    };
    shared.changing().tokens.insert(&token, issued);
    body
}
