//! `GET /v1/keys/{key}`

use axum::Json;
use axum::extract::State;
use grantd_model::KeyId;

use super::representation::KeyOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// One API key, without its secret.
#[utoipa::path(
    get, path = "/v1/keys/{key}", tag = "keys", operation_id = "get_key",
    params(("key" = String, Path, description = "Id")),
    responses(
        (status = 200, description = "The key", body = KeyOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such key", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(id): Named<KeyId>,
) -> Result<Json<KeyOut>, Problem> {
    Ok(Json((&app.engine.get_key(&actor, id).await?).into()))
}
