//! `GET /v1/sources`

use axum::Json;
use axum::extract::State;
use grantd_engine::SourceListed;
use serde::Serialize;
use utoipa::ToSchema;

use super::representation::standing;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// All secret sources.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceList {
    /// The sources by name.
    items: Vec<ListedSourceOut>,
}

/// A secret source in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedSourceOut {
    /// What references name.
    name: String,
    /// `file`, `environment`, `command`, `vault` or `https`.
    kind: &'static str,
    /// Whether the configuration declares it.
    declared: bool,
    /// `unknown` (it was not asked so far), `working`, `failing`, or `stale` (it fails, and what was read
    /// before is used).
    standing: &'static str,
    /// What kind of fault it has, where it fails.
    fault: Option<&'static str>,
    /// When it last answered.
    answered_at: Option<String>,
    /// When a secret was last read.
    read_at: Option<String>,
}

impl From<SourceListed> for ListedSourceOut {
    fn from(listed: SourceListed) -> Self {
        let health = listed.health;
        Self {
            name: listed.name.to_string(),
            kind: listed.kind,
            declared: listed.is_declared,
            standing: standing(&health),
            fault: health
                .failing_since
                .and(health.last_fault.as_ref())
                .map(|fault| fault.class),
            answered_at: health.answered_at.map(|at| at.to_string()),
            read_at: health.read_at.map(|at| at.to_string()),
        }
    }
}

/// The secret sources that the configuration declares, and those that an admin added.
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
    let items = sources.into_iter().map(ListedSourceOut::from).collect();
    Ok(Json(SourceList { items }))
}
