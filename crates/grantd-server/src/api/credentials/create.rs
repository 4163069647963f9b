//! `POST /v1/credentials`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::representation::CredentialOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::credential_form::{CredentialForm, Kept, parse};
use crate::json_body::JsonBody;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Add a credential. Nothing is asked of the authorization server.
#[utoipa::path(
    post, path = "/v1/credentials", tag = "credentials", operation_id = "create_credential", request_body = CredentialForm,
    responses(
        (status = 201, description = "Added", body = CredentialOut, headers(("ETag" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    JsonBody(form): JsonBody<CredentialForm>,
) -> Result<Response, Problem> {
    let (draft, notices) = parse(form, Kept::Nothing).map_err(Problem::fields)?;
    let credential = app.engine.create_credential(&actor, draft).await?;
    let shown = CredentialOut::respond((&app, &actor), StatusCode::CREATED, credential, notices);
    Ok(shown.await)
}
