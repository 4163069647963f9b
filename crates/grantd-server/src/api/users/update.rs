//! `PATCH /v1/users/{user}`

use axum::Json;
use axum::extract::State;
use grantd_engine::UserChange;
use serde::Deserialize;
use utoipa::ToSchema;

use super::representation::{UserOut, role};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// What is to be another at a user; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "viewer"}))]
pub(crate) struct UserPatch {
    /// `admin`, `editor` or `viewer`.
    role: Option<String>,
    /// Whether the person may sign in; all sessions end when it becomes `false`.
    enabled: Option<bool>,
}

/// Give a user another role, or let one sign in again or no more.
#[utoipa::path(
    patch, path = "/v1/users/{user}", tag = "users", operation_id = "update_user", request_body(content = UserPatch, content_type = "application/merge-patch+json"),
    params(("user" = String, Path, description = "Id or user name")),
    responses(
        (status = 200, description = "The user as it is now", body = UserOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(user): Named<String>,
    JsonBody(patch): JsonBody<UserPatch>,
) -> Result<Json<UserOut>, Problem> {
    let wanted = patch.role.as_deref().map(role).transpose();
    let change = UserChange {
        role: wanted.map_err(|fault| Problem::fields(vec![fault]))?,
        enabled: patch.enabled,
    };
    let id = app.engine.get_user(&actor, &user).await?.id;
    let changed = app.engine.update_user(&actor, id, change).await?;
    Ok(Json((&changed).into()))
}
