//! `POST /v1/consumers`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_model::{ConsumerDraft, Slug};
use serde_json::Value;

use super::form::ConsumerForm;
use super::representation::{ConsumerOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Add an HTTP consumer; requests are let through at once. A `slug` may be chosen, otherwise it is made of
/// the name.
#[utoipa::path(
    post, path = "/v1/consumers", tag = "consumers", operation_id = "create_consumer", request_body = ConsumerForm,
    responses(
        (status = 201, description = "Added", body = ConsumerOut, headers(("ETag" = String), ("Location" = String))),
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
    let mut document: Value = body.read()?;
    let slug = slug(&mut document)?;
    let draft = draft(&document)?;
    let consumer = app.engine.create_consumer(&actor, slug, &draft).await?;
    respond((&app, &actor), StatusCode::CREATED, &consumer).await
}

/// The slug that was chosen; it is no part of the settings.
pub(super) fn slug(document: &mut Value) -> Result<Option<Slug>, Problem> {
    let slug = document.as_object_mut().and_then(|it| it.remove("slug"));
    match slug {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(slug)) => match Slug::try_from(slug.as_str()) {
            Ok(slug) => Ok(Some(slug)),
            Err(fault) => Err(Problem::fields(vec![fault.at("/slug")])),
        },
        Some(_) => Err(Problem::unreadable("/slug", "a string is expected")),
    }
}

/// A document as a draft; a member that is not known is refused.
pub(super) fn draft(document: &Value) -> Result<ConsumerDraft, Problem> {
    JsonBytes::from_value(document).read()
}
