//! `GET /v1/sources/{source}/entries`

use axum::Json;
use axum::extract::State;
use grantd_model::Invalid;
use grantd_model::secret_reference::SourceName;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// What is right below a path.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryList {
    /// The entries.
    items: Vec<EntryOut>,
}

/// Something in a source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryOut {
    /// The last part of its path.
    name: String,
    /// Whether there is more below.
    folder: bool,
}

/// What a secret source holds right below a path, as far as it may serve that: names, never values.
#[utoipa::path(
    get, path = "/v1/sources/{source}/entries", tag = "sources", operation_id = "list_source_entries",
    params(
        ("source" = String, Path, description = "Its name"),
        ("below" = Option<String>, Query, description = "The path of a folder; the top if absent", example = "apps")
    ),
    responses(
        (status = 200, description = "What is there", body = EntryList),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such source", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 502, description = "The source lists nothing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    Named(wanted): Named<SourceName>,
    mut query: Query,
) -> Result<Json<EntryList>, Problem> {
    let below = query.optional("below", folder).unwrap_or_default();
    query.finish()?;
    let listed = app.engine.browse_source(&actor, &wanted, &below).await?;
    let items = listed.into_iter().map(|entry| EntryOut {
        name: entry.name,
        folder: entry.is_folder,
    });
    Ok(Json(EntryList {
        items: items.collect(),
    }))
}

fn folder(text: &str) -> Result<String, Invalid> {
    if text.len() > 1024 || text.chars().any(char::is_control) {
        let detail = "a path of at most 1024 bytes is expected";
        return Err(Invalid::new("invalid_path", detail));
    }
    Ok(text.to_owned())
}
