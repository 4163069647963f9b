//! `GET /v1/credentials/{credential}/usage`

use axum::Json;
use axum::extract::State;
use grantd_engine::CredentialRef;
use grantd_model::{Timestamp, UsageCount};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ActorOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// Who was handed tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageList {
    /// The counts, oldest first; at most 10,000.
    items: Vec<UsageOut>,
}

/// How often somebody was handed tokens within one minute.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageOut {
    /// The beginning of the minute.
    minute: String,
    /// Who.
    actor: ActorOut,
    /// `handed_out` or `failed`.
    result: &'static str,
    /// How often.
    count: u64,
}

impl From<UsageCount> for UsageOut {
    fn from(count: UsageCount) -> Self {
        Self {
            minute: count.minute.to_string(),
            actor: (&count.actor).into(),
            result: count.result.name(),
            count: count.count,
        }
    }
}

/// How often tokens of the credential were handed out, by minute, actor and result, up to ten
/// seconds ago.
#[utoipa::path(
    get, path = "/v1/credentials/{credential}/usage", tag = "tokens", operation_id = "list_usage",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("from" = Option<String>, Query, description = "From this time on, RFC 3339"),
        ("until" = Option<String>, Query, description = "Before this time, RFC 3339")
    ),
    responses(
        (status = 200, description = "The counts", body = UsageList),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn usage(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
    Named(wanted): Named<CredentialRef>,
) -> Result<Json<UsageList>, Problem> {
    let from = query.optional("from", str::parse);
    let until = query.optional("until", str::parse);
    query.finish()?;
    let span = (
        from.unwrap_or(Timestamp::from_micros(i64::MIN)),
        until.unwrap_or(Timestamp::from_micros(i64::MAX)),
    );
    let counts = app.engine.list_usage(&actor, &wanted, span).await?;
    Ok(Json(UsageList {
        items: counts.into_iter().map(UsageOut::from).collect(),
    }))
}
