//! `GET /v1/alert_channels/{channel}/deliveries` and `POST /v1/alert_channels/{channel}/deliveries/{id}/deliver`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use grantd_model::{AlertDelivery, AlertId, Slug};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::message::AlertMessageOut;
use super::representation::LastOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::{Named, NamedPair};
use crate::problem::{Problem, ProblemCode, ProblemDocument};
use crate::query::NoQuery;

/// What went to an alert channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertDeliveryList {
    /// The newest first, at most 200.
    items: Vec<AlertDeliveryOut>,
}

/// An alert that went to a channel, or is on its way there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertDeliveryOut {
    /// What the receiver knows it by (`webhook-id`, `Message-ID`).
    id: String,
    /// When it was written.
    at: String,
    /// `waiting`, `delivered` or `given_up`.
    #[schema(example = "delivered")]
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next.
    next_at: Option<String>,
    /// How the last attempt ended.
    last: Option<LastOut>,
    /// What is told, as a webhook gets it; `docs/schemas/alert-v1.json` describes it.
    #[schema(value_type = AlertMessageOut)]
    message: Value,
}

impl From<&AlertDelivery> for AlertDeliveryOut {
    fn from(delivery: &AlertDelivery) -> Self {
        let last = delivery.last.as_ref();
        Self {
            id: delivery.id.to_string(),
            at: delivery.at.to_string(),
            state: match (delivery.due_at, last) {
                (Some(_), _) => "waiting",
                (None, Some(end)) if end.is_delivered() => "delivered",
                (None, _) => "given_up",
            },
            attempts: delivery.attempts,
            next_at: delivery.due_at.map(|at| at.to_string()),
            last: last.map(LastOut::from),
            message: serde_json::to_value(&delivery.message).unwrap_or_default(),
        }
    }
}

/// What went to an alert channel last, or is on its way there.
#[utoipa::path(
    get, path = "/v1/alert_channels/{channel}/deliveries", tag = "alerts", operation_id = "list_alert_deliveries",
    params(("channel" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The deliveries", body = AlertDeliveryList),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<Slug>,
) -> Result<Json<AlertDeliveryList>, Problem> {
    let all = app.engine.alert_deliveries(&actor, &wanted).await?;
    let items = all.iter().map(AlertDeliveryOut::from).collect();
    Ok(Json(AlertDeliveryList { items }))
}

/// Have an alert delivered again at once, under the same id: one that was given up or waits, or one that was
/// delivered. A mail that not every receiver has goes to the others alone.
#[utoipa::path(
    post, path = "/v1/alert_channels/{channel}/deliveries/{id}/deliver", tag = "alerts", operation_id = "deliver_alert_again",
    params(
        ("channel" = String, Path, description = "Its name"),
        ("id" = String, Path, description = "The id of the alert")
    ),
    responses(
        (status = 202, description = "It will be delivered, once the channel is enabled"),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such channel or alert", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn again(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    NamedPair(channel, id): NamedPair,
    _: NoBody,
) -> Result<StatusCode, Problem> {
    let missing = |what: &str, name: &str| {
        Problem::of(ProblemCode::NotFound).detail(format!("there is no {what} `{name}`"))
    };
    let wanted =
        Slug::try_from(channel.as_str()).map_err(|_| missing("alert channel", &channel))?;
    let alert: AlertId = id.parse().map_err(|_| missing("alert", &id))?;
    app.engine.replay_alert(&actor, &wanted, alert).await?;
    Ok(StatusCode::ACCEPTED)
}
