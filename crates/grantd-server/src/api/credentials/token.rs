//! `GET`, `POST` and `DELETE /v1/credentials/{credential}/token`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use grantd_engine::{CredentialRef, HandedOut, TokenWish};
use grantd_model::{Invalid, ScopeSet};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::{NoQuery, Query};

/// The longest lifetime that can be asked for, in seconds: a day.
const MOST_LEFT_S: u64 = 24 * 3600;

/// An access token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenOut {
    /// The token itself.
    access_token: String,
    /// How it is to be shown, such as `Bearer`.
    token_type: String,
    /// How long it still lasts, in seconds.
    expires_in: u64,
    /// When it ends.
    expires_at: String,
    /// The scopes granted, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The hosts that it may be sent to, as an admin has set them.
    bound_hosts: Vec<String>,
    /// What was unusual about the authorization server's answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Tokens that were thrown away.
#[derive(Serialize, ToSchema)]
pub(crate) struct Dropped {
    /// How many of them were still good.
    dropped: usize,
}

impl TokenOut {
    pub(crate) fn new(handed_out: &HandedOut) -> Self {
        let token = handed_out.access_token();
        let warnings = handed_out.warnings();
        Self {
            access_token: token.value.expose().clone(),
            token_type: token.token_type.to_string(),
            expires_in: handed_out.left.as_secs(),
            expires_at: handed_out.expires_at.to_string(),
            scope: token.scope.as_ref().map(ToString::to_string),
            bound_hosts: handed_out.credential.settings.bound_hosts.clone(),
            warnings: warnings.iter().map(ToString::to_string).collect(),
        }
    }
}

/// An access token: the one at hand, or a new one where too little is left of it.
#[utoipa::path(
    get, path = "/v1/credentials/{credential}/token", tag = "tokens", operation_id = "get_token",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("scope" = Option<String>, Query, description = "These of the credential's scopes, divided by spaces; all of them if absent"),
        ("min_lifetime_s" = Option<u64>, Query, description = "So much is to be left at least, within what the authorization server gives: up to a day, 30 s if absent", maximum = 86400)
    ),
    responses(
        (status = 200, description = "The token", body = TokenOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Disabled, or changed in between", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong, or the request can not be built from the credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Tokens for too many different scopes are kept", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 502, description = "The authorization server, its address or the secret source refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The authorization server was not reached or asks to wait", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    query: Query,
    Named(wanted): Named<CredentialRef>,
) -> Result<Json<TokenOut>, Problem> {
    let wish = wish(query)?;
    let handed_out = app.engine.token(&actor, &wanted, &wish).await?;
    Ok(Json(TokenOut::new(&handed_out)))
}

/// The same as `GET`, for clients that want no token in the answer to a `GET`.
#[utoipa::path(
    post, path = "/v1/credentials/{credential}/token", tag = "tokens", operation_id = "fetch_token",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("scope" = Option<String>, Query, description = "These of the credential's scopes, divided by spaces; all of them if absent"),
        ("min_lifetime_s" = Option<u64>, Query, description = "So much is to be left at least, within what the authorization server gives: up to a day, 30 s if absent", maximum = 86400)
    ),
    responses(
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 200, description = "The token", body = TokenOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Disabled, or changed in between", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong, or the request can not be built from the credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Tokens for too many different scopes are kept", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 502, description = "The authorization server, its address or the secret source refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The authorization server was not reached or asks to wait", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    Caller(actor): Caller,
    query: Query,
    Named(wanted): Named<CredentialRef>,
    _: NoBody,
) -> Result<Json<TokenOut>, Problem> {
    let wish = wish(query)?;
    let handed_out = app.engine.token(&actor, &wanted, &wish).await?;
    Ok(Json(TokenOut::new(&handed_out)))
}

/// Throw the tokens at hand away, so that the next caller gets a new one; at the authorization
/// server they live on until they end.
#[utoipa::path(
    delete, path = "/v1/credentials/{credential}/token", tag = "tokens", operation_id = "drop_tokens",
    params(("credential" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "Thrown away", body = Dropped),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
) -> Result<Json<Dropped>, Problem> {
    let dropped = app.engine.drop_tokens(&actor, &wanted).await?;
    Ok(Json(Dropped { dropped }))
}

fn wish(mut query: Query) -> Result<TokenWish, Problem> {
    let scope = query.optional("scope", ScopeSet::parse);
    let left = query.optional("min_lifetime_s", |text| {
        let seconds = text.parse().ok().filter(|seconds| *seconds <= MOST_LEFT_S);
        let expected = format!("a number of seconds from 0 to {MOST_LEFT_S} is expected");
        seconds.ok_or_else(|| Invalid::new("out_of_range", expected))
    });
    query.finish()?;
    Ok(TokenWish {
        scope,
        left: Duration::from_secs(left.unwrap_or_default()),
    })
}
