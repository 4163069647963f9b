//! `GET /v1/consumers`

use axum::Json;
use axum::extract::State;
use grantd_engine::{ConsumerFilter, CredentialRef};
use serde::Serialize;
use utoipa::ToSchema;

use super::representation::ConsumerOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// A page of HTTP consumers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsumerList {
    /// The consumers, by name.
    items: Vec<ConsumerOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// The HTTP consumers that the caller may read, by name.
#[utoipa::path(
    get, path = "/v1/consumers", tag = "consumers", operation_id = "list_consumers",
    params(
        ("q" = Option<String>, Query, description = "A part of name, slug or base URL, without regard to case"),
        ("credential" = Option<String>, Query, description = "Only those that use this credential: slug or id"),
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = ConsumerList),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
) -> Result<Json<ConsumerList>, Problem> {
    let (limit, cursor) = query.page();
    let part = query.optional("q", |text| Ok(text.to_owned()));
    let credential = query.optional("credential", str::parse::<CredentialRef>);
    query.finish()?;
    let filter = ConsumerFilter {
        part,
        credential,
        limit,
        cursor,
    };
    let page = app.engine.list_consumers(&actor, &filter).await?;
    Ok(Json(ConsumerList {
        items: page.items.iter().map(ConsumerOut::from).collect(),
        next_cursor: page.next_cursor,
    }))
}
