//! `DELETE /v1/consumers/{consumer}`

use axum::extract::State;
use axum::http::StatusCode;
use grantd_engine::ConsumerRef;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Delete an HTTP consumer with its secrets; requests to it are refused from then on.
#[utoipa::path(
    delete, path = "/v1/consumers/{consumer}", tag = "consumers", operation_id = "delete_consumer",
    params(
        ("consumer" = String, Path, description = "Slug or id"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "If-Match can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such consumer", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<ConsumerRef>,
    revision: IfMatch,
) -> Result<StatusCode, Problem> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = app.engine.get_consumer(&actor, &wanted).await?;
        revision.check(before.revision)?;
        let expected = revision.expected(before.revision);
        match app.engine.delete_consumer(&actor, &wanted, expected).await {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
