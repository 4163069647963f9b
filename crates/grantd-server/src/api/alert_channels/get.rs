//! `GET /v1/alert_channels/{channel}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_model::Slug;

use super::representation::{ChannelOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// One alert channel, with how it fares.
#[utoipa::path(
    get, path = "/v1/alert_channels/{channel}", tag = "alerts", operation_id = "get_alert_channel",
    params(("channel" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The channel", body = ChannelOut, headers(("ETag" = String))),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<Slug>,
) -> Result<Response, Problem> {
    respond((&app, &actor), StatusCode::OK, &wanted, None).await
}
