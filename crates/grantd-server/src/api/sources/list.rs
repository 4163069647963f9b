//! `GET /v1/sources`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// All secret sources.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceList {
    /// The sources by name.
    items: Vec<SourceOut>,
}

/// A secret source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceOut {
    /// What references name.
    name: String,
    /// `file` or `environment`.
    kind: &'static str,
}

/// The secret sources that the configuration declares.
#[utoipa::path(
    get, path = "/v1/sources", tag = "sources", operation_id = "list_sources",
    responses(
        (status = 200, description = "The sources", body = SourceList),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
) -> Result<Json<SourceList>, Problem> {
    let sources = app.engine.list_sources(&actor)?;
    let items = sources
        .into_iter()
        .map(|(name, kind)| SourceOut {
            name: name.to_string(),
            kind,
        })
        .collect();
    Ok(Json(SourceList { items }))
}
