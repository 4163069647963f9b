//! `DELETE /v1/alert_channels/{channel}`

use axum::extract::State;
use axum::http::StatusCode;
use grantd_model::Slug;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Delete an alert channel, with all that waits for it.
#[utoipa::path(
    delete, path = "/v1/alert_channels/{channel}", tag = "alerts", operation_id = "delete_alert_channel",
    params(
        ("channel" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "If-Match can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<Slug>,
    revision: IfMatch,
) -> Result<StatusCode, Problem> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = app.engine.channel(&actor, &wanted).await?.channel;
        revision.check(before.revision)?;
        let expected = revision.expected(before.revision);
        match app.engine.delete_channel(&actor, &wanted, expected).await {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
