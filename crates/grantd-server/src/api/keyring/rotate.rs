//! `POST /v1/keyring/rotations`

use axum::Json;
use axum::extract::State;

use super::get::KeyringOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Make a new key that seals from now on. What is sealed is brought under it while everything goes on, which
/// `values_left` of the keyring shows; it goes on after a restart. It is done when as many are left as are damaged.
#[utoipa::path(
    post, path = "/v1/keyring/rotations", tag = "installation", operation_id = "rotate_keyring",
    responses(
        (status = 200, description = "The keyring", body = KeyringOut),
        (status = 400, description = "There is a body", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The keyring is set from outside", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    _: NoBody,
) -> Result<Json<KeyringOut>, Problem> {
    let facts = app.engine.rotate_keyring(&actor).await?;
    Ok(Json(KeyringOut::new(&app, facts)))
}
