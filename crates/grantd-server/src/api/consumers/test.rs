//! `POST /v1/consumer_tests`

use axum::Json;
use axum::extract::State;
use grantd_engine::{ConsumerRef, EngineError, TestReport, TestRequest, TestStep, TestSubject};
use grantd_model::consumer::MethodName;
use grantd_model::{Actor, ConsumerDraft, Invalid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::create::{draft, slug};
use super::form::ConsumerForm;
use super::update;
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::{JsonBody, JsonBytes};
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// The places of the body that faults are in.
const DRAFT: &str = "/draft";
const OVERRIDES: &str = "/overrides";
const CONSUMER: &str = "/consumer";
const METHOD: &str = "/method";
const PATH: &str = "/path";

/// What a request is tried through, and the request: a whole draft, or a consumer as it is or with changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"consumer": "crm", "path": "/customers?limit=1"}))]
pub(crate) struct ConsumerTestForm {
    /// Settings that are not kept.
    #[schema(value_type = Option<ConsumerForm>)]
    draft: Option<Box<RawValue>>,
    /// Slug or id of a consumer, enabled or not.
    consumer: Option<String>,
    /// A merge patch over the consumer (RFC 7396); nothing of it is kept.
    #[schema(value_type = Option<ConsumerForm>)]
    overrides: Option<Box<RawValue>>,
    /// The method of the request, `GET` if absent.
    method: Option<String>,
    /// The path behind the base URL with its query, `/` if absent: at most 2048 characters.
    path: Option<String>,
}

/// How a test request went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsumerTestOut {
    /// Whether there was an answer, and every step went well.
    ok: bool,
    /// The status of the answer; null where there was none.
    status: Option<u16>,
    /// How long it took.
    took_s: f64,
    /// The headers of the answer, without values that are secret.
    headers: Vec<AnswerHeaderOut>,
    /// What was done, in order.
    steps: Vec<ConsumerTestStepOut>,
}

/// A header of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerHeaderOut {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// One step of a test request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsumerTestStepOut {
    /// `allowed`, `token`, `connect` or `answer`.
    name: &'static str,
    /// Whether it went well; null where it was not reached.
    ok: Option<bool>,
    /// How long it took.
    took_s: f64,
    /// What was found, or what went wrong.
    detail: String,
    /// What can be done, where that is known.
    remedy: Option<String>,
}

impl From<TestReport> for ConsumerTestOut {
    fn from(report: TestReport) -> Self {
        let header = |(name, value)| AnswerHeaderOut { name, value };
        Self {
            ok: report.status.is_some() && report.fault().is_none(),
            status: report.status,
            took_s: report.took.as_secs_f64(),
            headers: report.headers.into_iter().map(header).collect(),
            steps: report
                .steps
                .into_iter()
                .map(ConsumerTestStepOut::from)
                .collect(),
        }
    }
}

impl From<TestStep> for ConsumerTestStepOut {
    fn from(step: TestStep) -> Self {
        Self {
            name: step.name.name(),
            ok: step.ok,
            took_s: step.took.as_secs_f64(),
            detail: step.detail,
            remedy: step.remedy,
        }
    }
}

/// Send one request to the service as a caller of the consumer would, and tell step by step how it went. It
/// has no body, but the service may do something because of it. That it does not go well is an answer, not an
/// error.
#[utoipa::path(
    post, path = "/v1/consumer_tests", tag = "consumers", operation_id = "test_consumer", request_body = ConsumerTestForm,
    responses(
        (status = 200, description = "How it went", body = ConsumerTestOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such consumer", body = ProblemDocument, content_type = "application/problem+json"),
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
    JsonBody(form): JsonBody<ConsumerTestForm>,
) -> Result<Json<ConsumerTestOut>, Problem> {
    let request = request(form.method, form.path)?;
    let (subject, place) =
        subject((&app, &actor), form.draft, form.consumer, form.overrides).await?;
    let tested = app.engine.test_consumer(&actor, subject, request).await;
    let report = tested.map_err(|error| placed(error, place))?;
    Ok(Json(report.into()))
}

fn request(method: Option<String>, path: Option<String>) -> Result<TestRequest, Problem> {
    let method = method.unwrap_or_else(|| "GET".to_owned());
    let method = MethodName::try_from(method);
    Ok(TestRequest {
        method: method.map_err(|fault| Problem::fields(vec![fault.at(METHOD)]))?,
        path: path.unwrap_or_else(|| "/".to_owned()),
    })
}

/// What is tried, and the member that its settings stand in.
async fn subject(
    (app, actor): (&App, &Actor),
    draft: Option<Box<RawValue>>,
    consumer: Option<String>,
    overrides: Option<Box<RawValue>>,
) -> Result<(TestSubject, &'static str), Problem> {
    let wrong = |code, detail, place| Problem::fields(vec![Invalid::new(code, detail).at(place)]);
    match (draft, consumer, overrides) {
        (Some(draft), None, None) => {
            let draft = whole(draft).map_err(|fault| fault.within(DRAFT))?;
            Ok((TestSubject::Draft(Box::new(draft)), DRAFT))
        }
        (None, Some(name), overrides) => {
            let named = name.parse::<ConsumerRef>();
            let wanted = named.map_err(|fault| Problem::fields(vec![fault.at(CONSUMER)]))?;
            let Some(overrides) = overrides else {
                return Ok((TestSubject::Kept(wanted), ""));
            };
            let before = app.engine.get_consumer(actor, &wanted).await?;
            let patch = JsonBytes::from(overrides);
            let merged = patch.check_object();
            let merged = merged.and_then(|()| update::merged(&before, &patch));
            let draft = merged.map_err(|fault| fault.within(OVERRIDES))?;
            Ok((TestSubject::Edited(wanted, Box::new(draft)), OVERRIDES))
        }
        (Some(_), ..) => {
            let detail = "either a draft or a consumer with overrides is expected, not both";
            Err(wrong("not_both", detail, DRAFT))
        }
        (None, None, _) => {
            let detail = "a consumer or a draft is expected";
            Err(wrong("required", detail, CONSUMER))
        }
    }
}

/// A draft as adding takes it; its slug is of no matter here.
fn whole(text: Box<RawValue>) -> Result<ConsumerDraft, Problem> {
    let mut document: Value = JsonBytes::from(text).read()?;
    slug(&mut document)?;
    draft(&document)
}

/// Faults of the settings, by their place in the whole body.
fn placed(error: EngineError, place: &str) -> EngineError {
    let EngineError::Fields(mut faults) = error else {
        return error;
    };
    // no setting of a consumer has this place
    for fault in faults.iter_mut().filter(|it| it.pointer != PATH) {
        fault.pointer.insert_str(0, place);
    }
    EngineError::Fields(faults)
}
