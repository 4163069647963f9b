//! `GET /v1/consumers/{consumer}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::ConsumerRef;

use super::representation::{ConsumerOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// One HTTP consumer.
#[utoipa::path(
    get, path = "/v1/consumers/{consumer}", tag = "consumers", operation_id = "get_consumer",
    params(("consumer" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "The consumer", body = ConsumerOut, headers(("ETag" = String))),
        (status = 404, description = "No such consumer", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<ConsumerRef>,
) -> Result<Response, Problem> {
    let consumer = app.engine.get_consumer(&actor, &wanted).await?;
    respond((&app, &actor), StatusCode::OK, &consumer).await
}
