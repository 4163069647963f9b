//! `POST /v1/plans`

use axum::Json;
use axum::extract::State;

use super::representation::{PlanForm, PlanOut};
use crate::app::App;
use crate::authenticate::Planner;
use crate::document;
use crate::json_body::JsonBody;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// See what applying a document would do: each thing that it names, member by member. Nothing is changed;
/// what is wrong with a thing stands in the plan.
#[utoipa::path(
    post, path = "/v1/plans", tag = "documents", operation_id = "create_plan", request_body = PlanForm,
    responses(
        (status = 200, description = "The plan", body = PlanOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "It is no document", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Planner(actor): Planner,
    _: NoQuery,
    JsonBody(form): JsonBody<PlanForm>,
) -> Result<Json<PlanOut>, Problem> {
    let document = document::read(form.document, form.variables)?;
    let plan = app.engine.plan(&actor, document.things).await?;
    Ok(Json(PlanOut::new(&plan, document.warnings)))
}
