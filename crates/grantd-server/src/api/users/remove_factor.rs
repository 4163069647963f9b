//! `DELETE /v1/users/{user}/second_factor`

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Remove the second factor of a user who has lost it; one who has none stays so.
#[utoipa::path(
    delete, path = "/v1/users/{user}/second_factor", tag = "users", operation_id = "remove_second_factor",
    params(("user" = String, Path, description = "Id or user name")),
    responses(
        (status = 204, description = "None is left"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(user): Named<String>,
) -> Result<StatusCode, Problem> {
    let id = app.engine.get_user(&actor, &user).await?.id;
    app.engine.remove_second_factor(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
