//! `GET /v1/listeners/{listener}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::ListenerRef;

use super::representation::{ListenerOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// One email listener, with how it fares.
#[utoipa::path(
    get, path = "/v1/listeners/{listener}", tag = "listeners", operation_id = "get_listener",
    params(("listener" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "The listener", body = ListenerOut, headers(("ETag" = String))),
        (status = 404, description = "No such listener", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<ListenerRef>,
) -> Result<Response, Problem> {
    let listener = app.engine.get_listener(&actor, &wanted).await?;
    respond((&app, &actor), StatusCode::OK, &listener).await
}
