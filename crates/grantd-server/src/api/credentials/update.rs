//! `PATCH /v1/credentials/{credential}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::CredentialRef;

use super::merge::merged;
use super::representation::CredentialOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::credential_form::{CredentialForm, parse};
use crate::json_body::JsonBytes;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Change a credential by a JSON merge patch (RFC 7396): what is left out stays, null clears.
/// Changing where or how the secret is sent (origin of the token endpoint, CA bundle, egress proxy,
/// authentication method, extra headers) demands the secret again.
#[utoipa::path(
    patch, path = "/v1/credentials/{credential}", tag = "credentials", operation_id = "update_credential",
    params(
        ("credential" = String, Path, description = "Slug or id"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    request_body(content = CredentialForm, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = CredentialOut, headers(("ETag" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such credential", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<CredentialRef>,
    revision: IfMatch,
    patch: JsonBytes,
) -> Result<Response, Problem> {
    // what is no patch at all is told before the revision, which says nothing of it
    patch.check_object()?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = app.engine.get_credential(&actor, &wanted).await?;
        revision.check(before.revision)?;
        let (form, kept) = merged(&before, &patch)?;
        let (draft, notices) = parse(form, kept).map_err(Problem::fields)?;
        let expected = revision.expected(before.revision);
        match app
            .engine
            .update_credential(&actor, &wanted, expected, draft)
            .await
        {
            Ok(after) => {
                let shown = CredentialOut::respond((&app, &actor), StatusCode::OK, after, notices);
                return Ok(shown.await);
            }
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
