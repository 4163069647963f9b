//! `GET /v1/export`

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::plans::representation::DocumentForm;
use crate::app::App;
use crate::authenticate::Caller;
use crate::document;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Everything that the caller may read as a document, without secrets: applied as it is, it changes nothing.
#[utoipa::path(
    get, path = "/v1/export", tag = "documents", operation_id = "export",
    responses(
        (status = 200, description = "The document", body = DocumentForm),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn export(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
) -> Result<Json<Value>, Problem> {
    let exported = app.engine.export(&actor).await?;
    Ok(Json(document::written(&exported)))
}
