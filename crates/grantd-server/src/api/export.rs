//! `GET /v1/export`

use axum::Json;
use axum::extract::State;
use grantd_model::Invalid;
use serde_json::Value;

use super::plans::representation::DocumentForm;
use crate::app::App;
use crate::authenticate::Caller;
use crate::document::{self, LeftOut};
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// Everything that the caller may read as a document, without secrets: applied as it is, it changes nothing. With
/// `variables=true`, a variable stands in the place of each secret that is kept here, as an installation elsewhere
/// needs it.
#[utoipa::path(
    get, path = "/v1/export", tag = "documents", operation_id = "export",
    params(
        ("variables" = Option<bool>, Query, description = "Put a variable in the place of each secret")
    ),
    responses(
        (status = 200, description = "The document", body = DocumentForm),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn export(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
) -> Result<Json<Value>, Problem> {
    let truth = |text: &str| {
        text.parse::<bool>()
            .map_err(|_| Invalid::new("unknown_value", "`true` or `false` is expected"))
    };
    let left_out = match query.optional("variables", truth) {
        Some(true) => LeftOut::Variables,
        _ => LeftOut::Nothing,
    };
    query.finish()?;
    let exported = app.engine.export(&actor).await?;
    Ok(Json(document::written(&exported, left_out)))
}
