//! `POST /v1/credentials/{credential}/enable` and `…/disable`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::CredentialRef;

use super::representation::CredentialOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Let tokens be given out again.
#[utoipa::path(
    post, path = "/v1/credentials/{credential}/enable", tag = "credentials", operation_id = "enable_credential",
    params(("credential" = String, Path, description = "Slug or id")),
    responses(
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 200, description = "Enabled", body = CredentialOut, headers(("ETag" = String))),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn enable(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    _: NoBody,
) -> Result<Response, Problem> {
    let credential = app
        .engine
        .set_credential_enabled(&actor, &wanted, true)
        .await?;
    let shown = CredentialOut::respond((&app, &actor), StatusCode::OK, credential, Vec::new());
    Ok(shown.await)
}

/// Stop giving out tokens; those that are out end by themselves.
#[utoipa::path(
    post, path = "/v1/credentials/{credential}/disable", tag = "credentials", operation_id = "disable_credential",
    params(("credential" = String, Path, description = "Slug or id")),
    responses(
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 200, description = "Disabled", body = CredentialOut, headers(("ETag" = String))),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn disable(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    _: NoBody,
) -> Result<Response, Problem> {
    let credential = app
        .engine
        .set_credential_enabled(&actor, &wanted, false)
        .await?;
    let shown = CredentialOut::respond((&app, &actor), StatusCode::OK, credential, Vec::new());
    Ok(shown.await)
}
