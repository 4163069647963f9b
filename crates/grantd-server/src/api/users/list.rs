//! `GET /v1/users`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::representation::UserOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserList {
    /// The users, by name.
    items: Vec<UserOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// All users, by name.
#[utoipa::path(
    get, path = "/v1/users", tag = "users", operation_id = "list_users",
    params(
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = UserList),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
) -> Result<Json<UserList>, Problem> {
    let (limit, cursor) = query.page();
    query.finish()?;
    let page = app
        .engine
        .list_users(&actor, limit, cursor.as_deref())
        .await?;
    Ok(Json(UserList {
        items: page.items.iter().map(UserOut::from).collect(),
        next_cursor: page.next_cursor,
    }))
}
