//! `GET /v1/users/{user}`

use axum::Json;
use axum::extract::State;

use super::representation::UserOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// One user.
#[utoipa::path(
    get, path = "/v1/users/{user}", tag = "users", operation_id = "get_user",
    params(("user" = String, Path, description = "Id or user name")),
    responses(
        (status = 200, description = "The user", body = UserOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(user): Named<String>,
) -> Result<Json<UserOut>, Problem> {
    Ok(Json((&app.engine.get_user(&actor, &user).await?).into()))
}
