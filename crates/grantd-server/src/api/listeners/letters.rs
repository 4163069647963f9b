//! `GET /v1/listeners/{listener}/letters` and `DELETE /v1/listeners/{listener}/letters/{key}`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use grantd_engine::ListenerRef;
use grantd_model::{Invalid, MailLetter};
use serde::Serialize;
use utoipa::ToSchema;

use super::deliveries::names;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::{Named, NamedPair};
use crate::problem::{Problem, ProblemDocument};
use crate::query::{NoQuery, Query};

/// Mails that could not be delivered so far.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterList {
    /// The mails, newest first; at most 200.
    items: Vec<LetterOut>,
}

/// A mail that could not be delivered so far.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterOut {
    /// What the mail is known by.
    key: String,
    /// Its subject, shortened.
    subject: String,
    /// Its sender, shortened.
    sender: String,
    /// When the server received it.
    received_at: Option<String>,
    /// When it was first tried.
    first_at: String,
    /// When it was last tried.
    last_at: String,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next; null where it was given up.
    due_at: Option<String>,
    /// What kind of failure the last one was.
    class: String,
    /// What happened.
    detail: String,
}

impl From<MailLetter> for LetterOut {
    fn from(letter: MailLetter) -> Self {
        Self {
            key: letter.key.to_string(),
            subject: letter.subject,
            sender: letter.sender,
            received_at: letter.received_at.map(|at| at.to_string()),
            first_at: letter.first_at.to_string(),
            last_at: letter.last_at.to_string(),
            attempts: letter.attempts,
            due_at: letter.due_at.map(|at| at.to_string()),
            class: letter.class,
            detail: letter.detail,
        }
    }
}

/// The mails that the listener could not deliver so far, newest first.
#[utoipa::path(
    get, path = "/v1/listeners/{listener}/letters", tag = "listeners", operation_id = "list_letters",
    params(
        ("listener" = String, Path, description = "Slug or id"),
        ("given_up" = Option<bool>, Query, description = "Only those that were given up")
    ),
    responses(
        (status = 200, description = "The mails", body = LetterList),
        (status = 404, description = "No such listener", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
    Named(wanted): Named<ListenerRef>,
) -> Result<Json<LetterList>, Problem> {
    let given_up = query.optional("given_up", yes_or_no).unwrap_or(false);
    query.finish()?;
    let letters = app.engine.list_letters(&actor, &wanted, given_up).await?;
    Ok(Json(LetterList {
        items: letters.into_iter().map(LetterOut::from).collect(),
    }))
}

/// Take a mail off the list of those that could not be delivered; it stays in its mailbox.
#[utoipa::path(
    delete, path = "/v1/listeners/{listener}/letters/{key}", tag = "listeners", operation_id = "discard_letter",
    params(
        ("listener" = String, Path, description = "Slug or id"),
        ("key" = String, Path, description = "The key of the mail")
    ),
    responses(
        (status = 204, description = "It is off the list"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such listener or mail", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn discard(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    NamedPair(wanted, key): NamedPair,
) -> Result<StatusCode, Problem> {
    let (wanted, key) = names(&wanted, &key)?;
    app.engine.discard_mail(&actor, &wanted, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn yes_or_no(text: &str) -> Result<bool, Invalid> {
    text.parse()
        .map_err(|_| Invalid::new("not_a_boolean", "`true` or `false` is expected"))
}
