//! `DELETE /v1/sources/{source}`

use axum::extract::State;
use axum::http::StatusCode;
use grantd_model::secret_reference::SourceName;

use super::update::declared;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Delete a secret source that neither credentials nor other sources need.
#[utoipa::path(
    delete, path = "/v1/sources/{source}", tag = "sources", operation_id = "delete_source",
    params(
        ("source" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "If-Match can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such source", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is needed, or the configuration declares it", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<SourceName>,
    revision: IfMatch,
) -> Result<StatusCode, Problem> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let shown = app.engine.source(&actor, &wanted).await?;
        let before = shown.source.ok_or_else(|| declared(&wanted))?;
        revision.check(before.revision)?;
        let expected = revision.expected(before.revision);
        match app.engine.delete_source(&actor, &wanted, expected).await {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
