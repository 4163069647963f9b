//! `POST /v1/listeners/{listener}/pause` and `…/resume`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::ListenerRef;

use super::representation::{ListenerOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Stop an email listener for a while; what comes meanwhile is delivered when it goes on.
#[utoipa::path(
    post, path = "/v1/listeners/{listener}/pause", tag = "listeners", operation_id = "pause_listener",
    params(("listener" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "Paused", body = ListenerOut, headers(("ETag" = String))),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such listener", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn pause(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<ListenerRef>,
    _: NoBody,
) -> Result<Response, Problem> {
    let listener = app.engine.pause_listener(&actor, &wanted, true).await?;
    respond((&app, &actor), StatusCode::OK, &listener).await
}

/// Let an email listener go on.
#[utoipa::path(
    post, path = "/v1/listeners/{listener}/resume", tag = "listeners", operation_id = "resume_listener",
    params(("listener" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "It goes on", body = ListenerOut, headers(("ETag" = String))),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such listener", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn resume(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<ListenerRef>,
    _: NoBody,
) -> Result<Response, Problem> {
    let listener = app.engine.pause_listener(&actor, &wanted, false).await?;
    respond((&app, &actor), StatusCode::OK, &listener).await
}
