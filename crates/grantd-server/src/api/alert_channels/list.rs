//! `GET /v1/alert_channels`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::representation::ChannelOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// All alert channels.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelList {
    /// The channels by name.
    items: Vec<ChannelOut>,
}

/// The alert channels and how they fare, by name.
#[utoipa::path(
    get, path = "/v1/alert_channels", tag = "alerts", operation_id = "list_alert_channels",
    responses(
        (status = 200, description = "The channels", body = ChannelList),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
) -> Result<Json<ChannelList>, Problem> {
    let channels = app.engine.channels(&actor).await?;
    let items = channels.iter();
    Ok(Json(ChannelList {
        items: items.map(|it| ChannelOut::of(&app, it, None)).collect(),
    }))
}
