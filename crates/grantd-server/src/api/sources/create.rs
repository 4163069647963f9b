//! `POST /v1/sources`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{self, SourceForm};
use super::representation::{SourceOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Add a secret source: a vault, or a service that gives a secret by one GET. Sources that read this machine
/// are declared in the configuration.
#[utoipa::path(
    post, path = "/v1/sources", tag = "sources", operation_id = "create_source", request_body = SourceForm,
    responses(
        (status = 201, description = "Added", body = SourceOut, headers(("ETag" = String), ("Location" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let taken = form::take(body.read()?, None)?;
    let name = form::name(taken.name)?;
    let source = app
        .engine
        .create_source(&actor, name, &taken.draft, taken.input)
        .await?;
    respond((&app, &actor), StatusCode::CREATED, &source.name).await
}
