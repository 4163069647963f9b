//! `POST /v1/validations`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use grantd_engine::{CredentialRef, EngineError, ValidationRequest, ValidationSubject};
use grantd_model::{Actor, Credential, CredentialDraft, Invalid};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;
use utoipa::ToSchema;

use super::observed::Told;
use super::representation::ValidationOut;
use crate::api::credentials::merge::merged;
use crate::app::App;
use crate::authenticate::Caller;
use crate::credential_form::{CredentialForm, Kept, parse};
use crate::event_accept::wants_events;
use crate::event_stream;
use crate::json_body::{JsonBody, JsonBytes};
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// The places of the body that faults are in.
const DRAFT: &str = "/draft";
const OVERRIDES: &str = "/overrides";
const PROBE_URL: &str = "/probe_url";

/// What is to be validated: a whole draft, or a credential as it is or with changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"credential": "sales-email-credentials"}))]
pub(crate) struct ValidationForm {
    /// Settings that are not kept, with their secret.
    draft: Option<CredentialForm>,
    /// Slug or id of a credential.
    credential: Option<String>,
    /// A merge patch over the credential (RFC 7396); nothing of it is kept.
    #[schema(value_type = Option<CredentialForm>)]
    overrides: Option<Box<RawValue>>,
    /// Whether the credential is tried with the secret that was added as the next one; only with
    /// `credential`, without overrides.
    #[serde(default)]
    next_secret: bool,
    /// A resource on a bound host that is asked for with the token (GET).
    probe_url: Option<String>,
}

/// Try settings at the real token endpoint: each step with its outcome, its time and, where it
/// failed, what it means and what to do. That they do not work is an answer, not an error. With
/// `Accept: text/event-stream` the steps come as they happen, as events `step_begun` and `step`,
/// then `result`.
#[utoipa::path(
    post, path = "/v1/validations", tag = "credentials", operation_id = "validate",
    request_body = ValidationForm,
    responses(
        (status = 200, description = "How it ended", content(
            (ValidationOut = "application/json"),
            (String = "text/event-stream")
        )),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many validations", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    headers: HeaderMap,
    JsonBody(form): JsonBody<ValidationForm>,
) -> Result<Response, Problem> {
    let request = request(&app, &actor, form).await?;
    let place = place(&request.subject);
    if !wants_events(&headers) {
        let validated = app.engine.validate(&actor, request, None).await;
        let validation = validated.map_err(|error| placed(error, place))?;
        return Ok(Json(ValidationOut::from(&validation)).into_response());
    }
    let engine = app.engine.clone();
    let streamed = event_stream::answer(&app.engine, move |teller| async move {
        let observer = Arc::new(Told(teller));
        let validated = engine.validate(&actor, request, Some(observer)).await;
        let validation = validated.map_err(|error| placed(error, place))?;
        Ok(serde_json::to_value(ValidationOut::from(&validation)).unwrap_or_default())
    });
    Ok(streamed.await)
}

async fn request(
    app: &App,
    actor: &Actor,
    form: ValidationForm,
) -> Result<ValidationRequest, Problem> {
    let probe = match form.probe_url.as_deref().filter(|url| !url.is_empty()) {
        None => None,
        Some(text) => Some(Url::parse(text).map_err(|_| {
            let fault = Invalid::new("invalid_url", "an absolute URL is expected");
            Problem::fields(vec![fault.at(PROBE_URL)])
        })?),
    };
    let saved = form.credential.is_some() && form.overrides.is_none();
    if form.next_secret && !saved {
        let detail = "the next secret is expected to be tried with a credential as it is";
        return Err(Problem::fields(vec![
            Invalid::new("not_both", detail).at("/next_secret"),
        ]));
    }
    let subject = match (form.draft, form.credential, form.overrides) {
        (Some(draft), None, None) => {
            let parsed = parse(draft, Kept::Nothing);
            let (draft, _) = parsed.map_err(|faults| Problem::fields(faults).within(DRAFT))?;
            ValidationSubject::Draft(Box::new(draft))
        }
        (None, Some(name), None) if form.next_secret => {
            ValidationSubject::NextSecret(named(&name)?)
        }
        (None, Some(name), None) => ValidationSubject::Saved(named(&name)?),
        (None, Some(name), Some(overrides)) => {
            let wanted = named(&name)?;
            let before = app.engine.get_credential(actor, &wanted).await?;
            let draft = edited(&before, overrides).map_err(|fault| fault.within(OVERRIDES))?;
            ValidationSubject::Edited(wanted, Box::new(draft))
        }
        (Some(_), ..) => {
            let detail = "either a draft or a credential with overrides is expected, not both";
            return Err(Problem::fields(vec![
                Invalid::new("not_both", detail).at("/draft"),
            ]));
        }
        (None, None, _) => {
            let detail = "a credential or a draft is expected";
            return Err(Problem::fields(vec![
                Invalid::new("required", detail).at("/credential"),
            ]));
        }
    };
    Ok(ValidationRequest { subject, probe })
}

fn named(name: &str) -> Result<CredentialRef, Problem> {
    name.parse()
        .map_err(|fault: Invalid| Problem::fields(vec![fault.at("/credential")]))
}

/// The draft of an edit.
fn edited(before: &Credential, overrides: Box<RawValue>) -> Result<CredentialDraft, Problem> {
    let patch = JsonBytes::from(overrides);
    patch.check_object()?;
    let (form, kept) = merged(before, &patch)?;
    let (draft, _) = parse(form, kept).map_err(Problem::fields)?;
    Ok(draft)
}

/// The member that the settings stand in.
const fn place(subject: &ValidationSubject) -> &'static str {
    match subject {
        ValidationSubject::Draft(_) => DRAFT,
        ValidationSubject::Saved(_) | ValidationSubject::NextSecret(_) => "",
        ValidationSubject::Edited(..) => OVERRIDES,
    }
}

/// Faults of the settings, by their place in the whole body.
fn placed(error: EngineError, place: &str) -> EngineError {
    let EngineError::Fields(mut faults) = error else {
        return error;
    };
    for fault in faults.iter_mut().filter(|it| it.pointer != PROBE_URL) {
        fault.pointer.insert_str(0, place);
    }
    EngineError::Fields(faults)
}
