//! `POST /v1/listener_tests`

use axum::Json;
use axum::extract::State;
use grantd_engine::{ConnectionReport, ConnectionStep, NewestMail};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::create::draft;
use super::form::ListenerForm;
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// How a test of a connection went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestOut {
    /// Whether all went well.
    ok: bool,
    /// Its steps, in order.
    steps: Vec<TestStepOut>,
}

/// One step of a test.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestStepOut {
    /// `token`, `endpoint`, `folder`, `newest` or `delivery`.
    name: &'static str,
    /// Whether it went well; null where it was not reached.
    ok: Option<bool>,
    /// How long it took.
    took_s: f64,
    /// What was found, or what went wrong.
    detail: String,
    /// What can be done, where that is known.
    remedy: Option<String>,
    /// The newest mails, at the step that reads them.
    newest: Vec<NewestOut>,
}

/// A mail as a test shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewestOut {
    /// When it was received.
    received_at: Option<String>,
    /// Its sender.
    sender: String,
    /// Its subject.
    subject: String,
    /// Whether the filters let it through.
    wanted: bool,
}

impl From<ConnectionReport> for TestOut {
    fn from(report: ConnectionReport) -> Self {
        Self {
            ok: report.is_ok(),
            steps: report.steps.into_iter().map(TestStepOut::from).collect(),
        }
    }
}

impl From<ConnectionStep> for TestStepOut {
    fn from(step: ConnectionStep) -> Self {
        Self {
            name: step.name.name(),
            ok: step.ok,
            took_s: step.took.as_secs_f64(),
            detail: step.detail,
            remedy: step.remedy,
            newest: step.newest.into_iter().map(NewestOut::from).collect(),
        }
    }
}

impl From<NewestMail> for NewestOut {
    fn from(mail: NewestMail) -> Self {
        Self {
            received_at: mail.received_at.map(|at| at.to_string()),
            sender: mail.sender,
            subject: mail.subject,
            wanted: mail.wanted,
        }
    }
}

/// Try the connection of an email listener that need not be added yet: token, mailbox, folder, its
/// newest mails, and the place of delivery. Nothing is delivered, and nothing in the mailbox is changed.
#[utoipa::path(
    post, path = "/v1/listener_tests", tag = "listeners", operation_id = "test_listener", request_body = ListenerForm,
    responses(
        (status = 200, description = "How it went", body = TestOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many within a minute", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    body: JsonBytes,
) -> Result<Json<TestOut>, Problem> {
    let mut document: Value = body.read()?;
    if let Some(members) = document.as_object_mut() {
        members.remove("slug");
    }
    let draft = draft(&document)?;
    let report = app.engine.test_listener(&actor, &draft).await?;
    Ok(Json(report.into()))
}
