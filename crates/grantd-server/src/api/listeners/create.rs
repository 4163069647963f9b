//! `POST /v1/listeners`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_model::{ListenerDraft, Slug};
use serde_json::Value;

use super::form::ListenerForm;
use super::representation::{ListenerOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Add an email listener; it begins at once, unless `paused` is true. A `slug` may be chosen, otherwise it
/// is made of the name.
#[utoipa::path(
    post, path = "/v1/listeners", tag = "listeners", operation_id = "create_listener", request_body = ListenerForm,
    responses(
        (status = 201, description = "Added", body = ListenerOut, headers(("ETag" = String), ("Location" = String))),
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
    let paused = paused(&mut document)?;
    let draft = draft(&document)?;
    let listener = if paused {
        app.engine
            .create_paused_listener(&actor, slug, &draft)
            .await?
    } else {
        app.engine.create_listener(&actor, slug, &draft).await?
    };
    respond((&app, &actor), StatusCode::CREATED, &listener).await
}

/// The slug that was chosen; it is no part of the settings.
fn slug(document: &mut Value) -> Result<Option<Slug>, Problem> {
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

/// Whether it waits to be resumed; no part of the settings either.
fn paused(document: &mut Value) -> Result<bool, Problem> {
    let paused = document.as_object_mut().and_then(|it| it.remove("paused"));
    match paused {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(paused)) => Ok(paused),
        Some(_) => Err(Problem::unreadable("/paused", "true or false is expected")),
    }
}

/// A document as a draft; a member that is not known is refused.
pub(crate) fn draft(document: &Value) -> Result<ListenerDraft, Problem> {
    JsonBytes::from_value(document).read()
}
