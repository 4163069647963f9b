//! `GET /v1/credentials/{credential}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::CredentialRef;

use super::representation::CredentialOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// One credential, without its secrets.
#[utoipa::path(
    get, path = "/v1/credentials/{credential}", tag = "credentials", operation_id = "get_credential",
    params(("credential" = String, Path, description = "Slug or id")),
    responses(
        (status = 200, description = "The credential", body = CredentialOut, headers(("ETag" = String))),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
) -> Result<Response, Problem> {
    let credential = app.engine.get_credential(&actor, &wanted).await?;
    let shown = CredentialOut::respond((&app, &actor), StatusCode::OK, credential, Vec::new());
    Ok(shown.await)
}
