//! `GET /v1/listeners`

use axum::Json;
use axum::extract::State;
use grantd_engine::{CredentialRef, ListenerFilter};
use serde::Serialize;
use utoipa::ToSchema;

use super::representation::ListenerOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// A page of email listeners.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListenerList {
    /// The listeners, by name.
    items: Vec<ListenerOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// The email listeners that the caller may read, by name.
#[utoipa::path(
    get, path = "/v1/listeners", tag = "listeners", operation_id = "list_listeners",
    params(
        ("q" = Option<String>, Query, description = "A part of name, slug or mailbox, without regard to case"),
        ("credential" = Option<String>, Query, description = "Only those that use this credential: slug or id"),
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = ListenerList),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
) -> Result<Json<ListenerList>, Problem> {
    let (limit, cursor) = query.page();
    let part = query.optional("q", |text| Ok(text.to_owned()));
    let credential = query.optional("credential", str::parse::<CredentialRef>);
    query.finish()?;
    let filter = ListenerFilter {
        part,
        credential,
        limit,
        cursor,
    };
    let page = app.engine.list_listeners(&actor, &filter).await?;
    Ok(Json(ListenerList {
        items: page.items.iter().map(ListenerOut::from).collect(),
        next_cursor: page.next_cursor,
    }))
}
