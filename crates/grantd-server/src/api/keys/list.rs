//! `GET /v1/keys`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::representation::KeyOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// A page of API keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// The keys, newest first.
    items: Vec<KeyOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// All API keys, newest first, without their secrets.
#[utoipa::path(
    get, path = "/v1/keys", tag = "keys", operation_id = "list_keys",
    params(
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = KeyList),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
) -> Result<Json<KeyList>, Problem> {
    let (limit, cursor) = query.page();
    query.finish()?;
    let page = app
        .engine
        .list_keys(&actor, limit, cursor.as_deref())
        .await?;
    Ok(Json(KeyList {
        items: page.items.iter().map(KeyOut::from).collect(),
        next_cursor: page.next_cursor,
    }))
}
