//! `GET /v1/credentials/{credential}/events`

use axum::Json;
use axum::extract::State;
use grantd_engine::CredentialRef;
use grantd_model::{EventResult, TokenEvent};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ActorOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventList {
    /// The events, newest first.
    items: Vec<EventOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// A request to the authorization server and how it ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventOut {
    /// Names the event for ever; later ones sort later.
    id: String,
    /// When it ended.
    at: String,
    /// Why: `demand`, `renewal` or `person`.
    cause: &'static str,
    /// On whose behalf.
    actor: ActorOut,
    /// How long it took, in seconds.
    duration_s: f64,
    /// The version of the secret that was tried last.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_version: Option<u32>,
    /// `issued`, or the class of the failure.
    #[schema(example = "invalid_client")]
    result: String,
    /// How long the token lives, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime_s: Option<f64>,
    /// Whether the token is the one that was there before.
    same_token: bool,
    /// What happened, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What can be done about it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// When it is tried again at the earliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
}

impl From<TokenEvent> for EventOut {
    fn from(event: TokenEvent) -> Self {
        let out = Self {
            id: event.id.to_string(),
            at: event.at.to_string(),
            cause: event.cause.name(),
            actor: (&event.actor).into(),
            duration_s: event.duration.as_secs_f64(),
            secret_version: event.secret_version,
            result: "issued".to_owned(),
            lifetime_s: None,
            same_token: false,
            detail: None,
            remedy: None,
            retry_at: None,
        };
        match event.result {
            EventResult::Issued { lifetime, same } => Self {
                lifetime_s: Some(lifetime.as_secs_f64()),
                same_token: same,
                ..out
            },
            EventResult::Failed {
                class,
                detail,
                remedy,
                retry_at,
            } => Self {
                result: class,
                detail: Some(detail),
                remedy,
                retry_at: retry_at.map(|at| at.to_string()),
                ..out
            },
        }
    }
}

/// The token requests of a credential, newest first.
#[utoipa::path(
    get, path = "/v1/credentials/{credential}/events", tag = "tokens", operation_id = "list_events",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = EventList),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn events(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
    Named(wanted): Named<CredentialRef>,
) -> Result<Json<EventList>, Problem> {
    let (limit, cursor) = query.page();
    query.finish()?;
    let page = app
        .engine
        .list_events(&actor, &wanted, limit, cursor.as_deref())
        .await?;
    Ok(Json(EventList {
        items: page.items.into_iter().map(EventOut::from).collect(),
        next_cursor: page.next_cursor,
    }))
}
