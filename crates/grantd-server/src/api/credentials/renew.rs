//! `POST /v1/credentials/{credential}/renew`

use axum::Json;
use axum::extract::State;
use grantd_engine::CredentialRef;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// A token that was renewed, without the token.
#[derive(Serialize, ToSchema)]
pub(crate) struct Renewed {
    /// How it is to be shown, such as `Bearer`.
    token_type: String,
    /// How long it lasts, in seconds.
    expires_in: u64,
    /// When it ends.
    expires_at: String,
    /// The scopes granted, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The version of the secret that it was got with.
    secret_version: u32,
    /// What was unusual about the authorization server's answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Ask for a new token now, whatever is at hand and whatever failed before.
#[utoipa::path(
    post, path = "/v1/credentials/{credential}/renew", tag = "tokens", operation_id = "renew_token",
    params(("credential" = String, Path, description = "Slug or id")),
    responses(
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 200, description = "Renewed; the token itself is not shown", body = Renewed),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Disabled, or changed in between", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The request can not be built from the credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 502, description = "The authorization server, its address or the secret source refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The authorization server was not reached or asks to wait", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn renew(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    _: NoBody,
) -> Result<Json<Renewed>, Problem> {
    let renewed = app.engine.renew_token(&actor, &wanted).await?;
    let token = renewed.access_token();
    Ok(Json(Renewed {
        token_type: token.token_type.to_string(),
        expires_in: renewed.left.as_secs(),
        expires_at: renewed.expires_at.to_string(),
        scope: token.scope.as_ref().map(ToString::to_string),
        secret_version: renewed.token.secret_version,
        warnings: renewed.warnings().iter().map(ToString::to_string).collect(),
    }))
}
