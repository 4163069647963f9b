//! `DELETE /v1/credentials/{credential}`

use axum::extract::State;
use axum::http::StatusCode;
use grantd_engine::CredentialRef;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Delete a credential with its secrets.
#[utoipa::path(
    delete, path = "/v1/credentials/{credential}", tag = "credentials", operation_id = "delete_credential",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "If-Match can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Email listeners or HTTP consumers use it", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    revision: IfMatch,
) -> Result<StatusCode, Problem> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let current = app.engine.get_credential(&actor, &wanted).await?.revision;
        let expected = revision.expected(current);
        match app
            .engine
            .delete_credential(&actor, &wanted, expected)
            .await
        {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
