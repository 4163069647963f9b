//! `POST /v1/plans/apply`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use grantd_engine::PlanBasis;
use grantd_model::Revision;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::representation::{DocumentForm, PlanOut};
use crate::app::App;
use crate::authenticate::Planner;
use crate::document;
use crate::json_body::JsonBody;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// A document with its variables, and the plan that was made of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyForm {
    /// What is to be.
    #[schema(value_type = DocumentForm)]
    document: Value,
    /// What `${name}` stands for in its texts.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    variables: Map<String, Value>,
    /// The digest of the plan.
    digest: String,
    /// The state of the plan, so that it can be said what changed since.
    #[serde(default)]
    state: BTreeMap<String, Option<u64>>,
}

/// Do what a plan says: all of it, or nothing. If anything changed since the plan was made, nothing is done.
#[utoipa::path(
    post, path = "/v1/plans/apply", tag = "documents", operation_id = "apply_plan", request_body = ApplyForm,
    responses(
        (status = 200, description = "What was done", body = PlanOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The plan is out of date", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn apply(
    State(app): State<App>,
    Planner(actor): Planner,
    _: NoQuery,
    JsonBody(form): JsonBody<ApplyForm>,
) -> Result<Json<PlanOut>, Problem> {
    let document = document::read(form.document, form.variables)?;
    let state = form.state.into_iter();
    let shown = PlanBasis {
        digest: form.digest,
        state: state
            .map(|(place, revision)| (place, revision.map(Revision)))
            .collect(),
    };
    let applied = app.engine.apply_plan(&actor, document.things, &shown).await;
    let plan = applied.map_err(|error| Problem::from(error).within(document::PLACE))?;
    Ok(Json(PlanOut::new(&plan, document.warnings)))
}
