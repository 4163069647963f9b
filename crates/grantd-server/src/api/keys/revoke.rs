//! `DELETE /v1/keys/{key}`

use axum::extract::State;
use axum::http::StatusCode;
use grantd_model::KeyId;

use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Revoke an API key; its holder is refused from the next request on.
#[utoipa::path(
    delete, path = "/v1/keys/{key}", tag = "keys", operation_id = "revoke_key",
    params(("key" = String, Path, description = "Id")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such key", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(id): Named<KeyId>,
) -> Result<StatusCode, Problem> {
    app.engine.revoke_key(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
