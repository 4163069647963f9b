//! `POST /v1/keys`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use grantd_engine::KeyDraft;
use grantd_model::{FieldError, Grant, Invalid, Name, Role, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::representation::{GrantForm, KeyOut};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBody;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// The most grants of one key.
const MOST_GRANTS: usize = 100;

/// An API key as it is asked for: with a role or with grants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "reporting job", "role": "viewer"}))]
pub(crate) struct KeyForm {
    /// What people call it: 1 to 120 characters.
    #[schema(example = "reporting job", min_length = 1, max_length = 120)]
    name: Option<String>,
    /// `admin`, `editor` or `viewer`: a named set of grants.
    role: Option<String>,
    /// What its holder may do.
    grants: Option<Vec<GrantForm>>,
    /// When it ends, RFC 3339.
    expires_at: Option<String>,
}

/// An API key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewKeyOut {
    /// The key itself, shown this once: `gk_…_…`.
    key: String,
    #[serde(flatten)]
    kept: KeyOut,
}

/// Make an API key; it is shown in this answer and never again.
#[utoipa::path(
    post, path = "/v1/keys", tag = "keys", operation_id = "create_key", request_body = KeyForm,
    responses(
        (status = 201, description = "Made", body = NewKeyOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "More than the caller's own grants", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    JsonBody(form): JsonBody<KeyForm>,
) -> Result<(StatusCode, Json<NewKeyOut>), Problem> {
    let made = app
        .engine
        .create_key(&actor, parse(form).map_err(Problem::fields)?)
        .await?;
    let key = made.text.expose().clone();
    Ok((
        StatusCode::CREATED,
        Json(NewKeyOut {
            key,
            kept: (&made.key).into(),
        }),
    ))
}

fn parse(form: KeyForm) -> Result<KeyDraft, Vec<FieldError>> {
    let mut faults = Vec::new();
    let name = form
        .name
        .ok_or_else(|| Invalid::new("required", "a value is expected"))
        .and_then(Name::try_from);
    let name = name.map_err(|fault| faults.push(fault.at("/name"))).ok();
    let expires_at = form.expires_at.map(Timestamp::try_from).transpose();
    let expires_at = expires_at
        .map_err(|fault| faults.push(fault.at("/expires_at")))
        .ok();
    let grants = grants(form.role, form.grants, &mut faults);
    match (name, expires_at) {
        (Some(name), Some(expires_at)) if faults.is_empty() => Ok(KeyDraft {
            name,
            grants,
            expires_at,
        }),
        _ => Err(faults),
    }
}

fn grants(
    role: Option<String>,
    grants: Option<Vec<GrantForm>>,
    faults: &mut Vec<FieldError>,
) -> Vec<Grant> {
    match (role, grants) {
        (Some(_), Some(_)) => {
            faults.push(
                Invalid::new("not_both", "either a role or grants are expected, not both")
                    .at("/role"),
            );
        }
        (None, None) => {
            faults.push(Invalid::new("required", "grants are expected, or a role").at("/grants"));
        }
        (Some(role), None) => match Role::try_from(role.as_str()) {
            Ok(role) => return role.grants(),
            Err(fault) => faults.push(fault.at("/role")),
        },
        (None, Some(forms)) if forms.len() > MOST_GRANTS => {
            let detail = format!("at most {MOST_GRANTS} grants are expected");
            faults.push(Invalid::new("too_many", detail).at("/grants"));
        }
        (None, Some(forms)) => {
            let mut parsed = Vec::with_capacity(forms.len());
            for (position, form) in forms.into_iter().enumerate() {
                match form.parse() {
                    Ok(grant) => parsed.push(grant),
                    Err((place, fault)) => {
                        faults.push(fault.at(format!("/grants/{position}{place}")));
                    }
                }
            }
            return parsed;
        }
    }
    Vec::new()
}
