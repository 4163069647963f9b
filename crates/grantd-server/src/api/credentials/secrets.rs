//! `POST /v1/credentials/{credential}/secrets` and `…/promote`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::CredentialRef;

use super::representation::CredentialOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::credential_form::{NewSecretForm, new_secret};
use crate::json_body::JsonBody;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Add the secret that is to take the place of the current one. Both are kept: the new one is tried
/// where the authorization server does not accept the current one.
#[utoipa::path(
    post, path = "/v1/credentials/{credential}/secrets", tag = "credentials", operation_id = "add_secret",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    request_body = NewSecretForm,
    responses(
        (status = 200, description = "Added", body = CredentialOut, headers(("ETag" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    revision: IfMatch,
    JsonBody(form): JsonBody<NewSecretForm>,
) -> Result<Response, Problem> {
    let before = app.engine.get_credential(&actor, &wanted).await?;
    revision.check(before.revision)?;
    let (secret, notices) = new_secret(form).map_err(Problem::fields)?;
    let mut expected = before.revision;
    let mut attempt = 0;
    let after = loop {
        attempt += 1;
        let adding = app
            .engine
            .add_secret(&actor, &wanted, expected, secret.clone());
        match adding.await {
            Err(error) => expected = revision.anew(error, attempt)?,
            Ok(after) => break after,
        }
    };
    let shown = CredentialOut::respond((&app, &actor), StatusCode::OK, after, notices);
    Ok(shown.await)
}

/// Make the secret that was added last the only one; the one in use until now is forgotten.
#[utoipa::path(
    post, path = "/v1/credentials/{credential}/promote", tag = "credentials", operation_id = "promote_secret",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    responses(
        (status = 200, description = "Promoted", body = CredentialOut, headers(("ETag" = String))),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "No secret was added", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn promote(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    revision: IfMatch,
    _: NoBody,
) -> Result<Response, Problem> {
    let before = app.engine.get_credential(&actor, &wanted).await?;
    revision.check(before.revision)?;
    let mut expected = before.revision;
    let mut attempt = 0;
    let after = loop {
        attempt += 1;
        let promoting = app.engine.promote_secret(&actor, &wanted, expected);
        match promoting.await {
            Err(error) => expected = revision.anew(error, attempt)?,
            Ok(after) => break after,
        }
    };
    let shown = CredentialOut::respond((&app, &actor), StatusCode::OK, after, Vec::new());
    Ok(shown.await)
}
