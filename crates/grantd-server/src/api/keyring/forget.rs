//! `DELETE /v1/keyring/keys/{key}`

use axum::Json;
use axum::extract::State;

use super::get::KeyringOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Take a key out of the keyring that nothing is under any more. Backups that hold values under it can not be
/// used without it from then on.
#[utoipa::path(
    delete, path = "/v1/keyring/keys/{key}", tag = "installation", operation_id = "forget_key",
    params(("key" = String, Path, description = "Id of the key")),
    responses(
        (status = 200, description = "The keyring", body = KeyringOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such key", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It seals, values are under it, or the keyring is set from outside", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn forget(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(key): Named<String>,
) -> Result<Json<KeyringOut>, Problem> {
    let facts = app.engine.forget_key(&actor, &key).await?;
    Ok(Json(KeyringOut::new(&app, facts)))
}
