//! `GET /v1/listeners/{listener}/hours`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use grantd_engine::ListenerRef;
use grantd_model::{MailHour, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// How far back is told where nothing else is asked for.
const USUALLY: Duration = Duration::from_hours(48);

/// What a listener did by the hour.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HourList {
    /// The hours in which something happened, the earliest first.
    items: Vec<HourOut>,
}

/// One hour.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HourOut {
    /// Its beginning.
    hour: String,
    /// How many mails were delivered.
    delivered: u64,
    /// How many attempts failed.
    failed: u64,
    /// The longest that one of the delivered waited.
    most_lag_s: f64,
}

impl From<MailHour> for HourOut {
    fn from(hour: MailHour) -> Self {
        Self {
            hour: hour.hour.to_string(),
            delivered: hour.delivered,
            failed: hour.failed,
            most_lag_s: hour.most_lag.as_secs_f64(),
        }
    }
}

/// How many mails the listener delivered, and how long they waited, by the hour.
#[utoipa::path(
    get, path = "/v1/listeners/{listener}/hours", tag = "listeners", operation_id = "list_mail_hours",
    params(
        ("listener" = String, Path, description = "Slug or id"),
        ("from" = Option<String>, Query, description = "From this time on, RFC 3339; two days if absent")
    ),
    responses(
        (status = 200, description = "The hours", body = HourList),
        (status = 404, description = "No such listener", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
    Named(wanted): Named<ListenerRef>,
) -> Result<Json<HourList>, Problem> {
    let from = query.optional("from", str::parse::<Timestamp>);
    query.finish()?;
    let ago = app.engine.now().since(Timestamp::from_micros(0));
    let from = from.unwrap_or_else(|| Timestamp::from_micros(0).plus(ago.saturating_sub(USUALLY)));
    let hours = app.engine.list_mail_hours(&actor, &wanted, from).await?;
    Ok(Json(HourList {
        items: hours.into_iter().map(HourOut::from).collect(),
    }))
}
