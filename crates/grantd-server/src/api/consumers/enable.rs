//! `POST /v1/consumers/{consumer}/enable` and `…/disable`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::ConsumerRef;

use super::representation::{ConsumerOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Let requests through again.
#[utoipa::path(
    post, path = "/v1/consumers/{consumer}/enable", tag = "consumers", operation_id = "enable_consumer",
    params(("consumer" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "Enabled", body = ConsumerOut, headers(("ETag" = String))),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such consumer", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn enable(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<ConsumerRef>,
    _: NoBody,
) -> Result<Response, Problem> {
    let consumer = app
        .engine
        .set_consumer_enabled(&actor, &wanted, true)
        .await?;
    respond((&app, &actor), StatusCode::OK, &consumer).await
}

/// Let no requests through; those that are under way end by themselves.
#[utoipa::path(
    post, path = "/v1/consumers/{consumer}/disable", tag = "consumers", operation_id = "disable_consumer",
    params(("consumer" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "Disabled", body = ConsumerOut, headers(("ETag" = String))),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such consumer", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn disable(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<ConsumerRef>,
    _: NoBody,
) -> Result<Response, Problem> {
    let consumer = app
        .engine
        .set_consumer_enabled(&actor, &wanted, false)
        .await?;
    respond((&app, &actor), StatusCode::OK, &consumer).await
}
