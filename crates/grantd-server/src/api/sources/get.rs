//! `GET /v1/sources/{source}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_model::secret_reference::SourceName;

use super::representation::{SourceOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// One secret source, with how it fares. The credentials that use it are those of
/// `GET /v1/credentials?source=`.
#[utoipa::path(
    get, path = "/v1/sources/{source}", tag = "sources", operation_id = "get_source",
    params(("source" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The source", body = SourceOut, headers(("ETag" = String))),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such source", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<SourceName>,
) -> Result<Response, Problem> {
    respond((&app, &actor), StatusCode::OK, &wanted).await
}
