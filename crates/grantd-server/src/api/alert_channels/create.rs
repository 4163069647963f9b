//! `POST /v1/alert_channels`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{self, ChannelForm};
use super::representation::{ChannelOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Add an alert channel: a signed webhook, a mail, or a chat. The signing secret that grantd makes for a
/// webhook stands in this answer alone.
#[utoipa::path(
    post, path = "/v1/alert_channels", tag = "alerts", operation_id = "create_alert_channel", request_body = ChannelForm,
    responses(
        (status = 201, description = "Added", body = ChannelOut, headers(("ETag" = String), ("Location" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "There are too many channels already", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let taken = form::take(body.read()?)?;
    let name = form::name(taken.name)?;
    let made = app
        .engine
        .create_channel(&actor, name, &taken.draft, taken.input)
        .await?;
    let secret = made.signing_secret.as_ref();
    respond(
        (&app, &actor),
        StatusCode::CREATED,
        &made.channel.name,
        secret,
    )
    .await
}
