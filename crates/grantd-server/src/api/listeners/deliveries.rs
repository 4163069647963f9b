//! `GET /v1/listeners/{listener}/deliveries` and `POST /v1/listeners/{listener}/mails/{key}/deliver`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use grantd_engine::ListenerRef;
use grantd_model::{MailDelivery, MailKey};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::{Named, NamedPair};
use crate::problem::{Problem, ProblemDocument};
use crate::query::{NoQuery, Query};

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    /// The deliveries, newest first.
    items: Vec<DeliveryOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// A mail that was delivered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryOut {
    /// What the mail is known by: the idempotency key of its deliveries.
    key: String,
    /// When it was delivered.
    at: String,
    /// When the server received it.
    received_at: Option<String>,
    /// Its subject, shortened.
    subject: String,
    /// Its sender, shortened.
    sender: String,
    /// In bytes.
    size: u64,
    /// How many attachments it has.
    attachments: u32,
    /// How long fetching and delivering took.
    took_s: f64,
    /// At which attempt.
    attempt: u32,
}

impl From<MailDelivery> for DeliveryOut {
    fn from(delivery: MailDelivery) -> Self {
        Self {
            key: delivery.key.to_string(),
            at: delivery.at.to_string(),
            received_at: delivery.received_at.map(|at| at.to_string()),
            subject: delivery.subject,
            sender: delivery.sender,
            size: delivery.size,
            attachments: delivery.attachments,
            took_s: delivery.took.as_secs_f64(),
            attempt: delivery.attempt,
        }
    }
}

/// What the listener delivered, newest first.
#[utoipa::path(
    get, path = "/v1/listeners/{listener}/deliveries", tag = "listeners", operation_id = "list_deliveries",
    params(
        ("listener" = String, Path, description = "Slug or id"),
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = DeliveryList),
        (status = 404, description = "No such listener", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
    Named(wanted): Named<ListenerRef>,
) -> Result<Json<DeliveryList>, Problem> {
    let (limit, cursor) = query.page();
    query.finish()?;
    let page = app
        .engine
        .list_deliveries(&actor, &wanted, limit, cursor.as_deref())
        .await?;
    Ok(Json(DeliveryList {
        items: page.items.into_iter().map(DeliveryOut::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Have a mail delivered again at once, under the same key: one that was given up or waits, or one
/// that was delivered.
#[utoipa::path(
    post, path = "/v1/listeners/{listener}/mails/{key}/deliver", tag = "listeners", operation_id = "deliver_again",
    params(
        ("listener" = String, Path, description = "Slug or id"),
        ("key" = String, Path, description = "The key of the mail")
    ),
    responses(
        (status = 202, description = "It will be delivered"),
        (status = 400, description = "A body was sent", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such listener or mail", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn again(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    NamedPair(wanted, key): NamedPair,
    _: NoBody,
) -> Result<StatusCode, Problem> {
    let (wanted, key) = names(&wanted, &key)?;
    app.engine.replay_mail(&actor, &wanted, &key).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Listener and key of a path; what has no such form does not exist.
pub(super) fn names(listener: &str, key: &str) -> Result<(ListenerRef, MailKey), Problem> {
    let missing = |what: &str, name: &str| {
        Problem::of(crate::problem::ProblemCode::NotFound)
            .detail(format!("there is no {what} `{name}`"))
    };
    let wanted = listener
        .parse()
        .map_err(|_| missing("email listener", listener))?;
    let key = MailKey::new(key).map_err(|_| missing("mail", key))?;
    Ok((wanted, key))
}
