//! `GET /v1/spools`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// The spool folders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpoolList {
    /// Those that the configuration declares.
    items: Vec<SpoolOut>,
}

/// A spool folder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpoolOut {
    /// By what listeners name it.
    name: String,
}

/// The spool folders that listeners may deliver into, as the configuration declares them.
#[utoipa::path(
    get, path = "/v1/spools", tag = "listeners", operation_id = "list_spools",
    responses(
        (status = 200, description = "The spool folders", body = SpoolList),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
) -> Result<Json<SpoolList>, Problem> {
    let names = app.engine.list_spools(&actor)?;
    let items = names.into_iter().map(|name| SpoolOut {
        name: name.to_string(),
    });
    Ok(Json(SpoolList {
        items: items.collect(),
    }))
}
