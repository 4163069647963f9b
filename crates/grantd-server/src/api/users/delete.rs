//! `DELETE /v1/users/{user}`

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Delete a user; all sessions end, and what the user did stays in the audit log.
#[utoipa::path(
    delete, path = "/v1/users/{user}", tag = "users", operation_id = "delete_user",
    params(("user" = String, Path, description = "Id or user name")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Nobody could administer any more", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(user): Named<String>,
) -> Result<StatusCode, Problem> {
    let id = app.engine.get_user(&actor, &user).await?.id;
    app.engine.delete_user(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
