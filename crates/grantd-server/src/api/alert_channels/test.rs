//! `POST /v1/alert_channels/{channel}/tests`

use axum::Json;
use axum::extract::State;
use grantd_engine::ChannelTest;
use grantd_model::Slug;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// How a test of an alert channel went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelTestOut {
    /// Whether the other side took the message.
    ok: bool,
    /// `delivered`, or what kind of fault it is.
    #[schema(example = "delivered")]
    class: String,
    /// What the other side said, or what happened.
    detail: String,
    /// What can be done.
    remedy: Option<String>,
    /// How long it took.
    took_s: f64,
}

impl From<ChannelTest> for ChannelTestOut {
    fn from(test: ChannelTest) -> Self {
        Self {
            ok: test.outcome.is_delivered(),
            class: test.outcome.class,
            detail: test.outcome.detail,
            remedy: test.outcome.remedy,
            took_s: test.took.as_secs_f64(),
        }
    }
}

/// Send a message to an alert channel that says that it is a test, be the channel enabled or not.
#[utoipa::path(
    post, path = "/v1/alert_channels/{channel}/tests", tag = "alerts", operation_id = "test_alert_channel",
    params(("channel" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "How it went", body = ChannelTestOut),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<Slug>,
    _: NoBody,
) -> Result<Json<ChannelTestOut>, Problem> {
    // whoever leaves has sent it all the same, and it is written down
    let engine = app.engine.clone();
    let test = engine.clone();
    let work = async move { test.test_channel(&actor, &wanted).await };
    let test = engine.to_the_end(work).await?;
    Ok(Json(test.into()))
}
