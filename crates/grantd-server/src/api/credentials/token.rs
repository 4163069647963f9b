//! `POST /v1/credentials/{credential}/token`

use axum::Json;
use axum::extract::State;
use grantd_engine::{CredentialRef, IssuedToken};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// An access token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenOut {
    /// The token itself.
    access_token: String,
    /// How it is to be shown, such as `Bearer`.
    token_type: String,
    /// How long it lasts, in seconds, from when it was asked for.
    expires_in: u64,
    /// When it ends.
    expires_at: String,
    /// The scopes granted, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// What was unusual about the authorization server's answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Fetch a new access token from the authorization server.
#[utoipa::path(
    post, path = "/v1/credentials/{credential}/token", tag = "credentials", operation_id = "fetch_token",
    params(("credential" = String, Path, description = "Slug or id")),
    responses(
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 200, description = "The token", body = TokenOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Disabled, or changed in between", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The request can not be built from the credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 502, description = "The authorization server, its address or the secret source refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The authorization server was not reached or asks to wait", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn token(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    _: NoBody,
) -> Result<Json<TokenOut>, Problem> {
    let issued = app.engine.fetch_token(&actor, &wanted).await?;
    Ok(Json(shown(&issued)))
}

fn shown(issued: &IssuedToken) -> TokenOut {
    let token = &issued.access_token;
    TokenOut {
        access_token: token.value.expose().clone(),
        token_type: token.token_type.to_string(),
        expires_in: issued.lifetime.as_secs(),
        expires_at: token.expires_at.to_string(),
        scope: token.scope.as_ref().map(ToString::to_string),
        warnings: issued.warnings.iter().map(ToString::to_string).collect(),
    }
}
