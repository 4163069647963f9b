//! `PATCH /v1/sources/{source}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::EngineError;
use grantd_model::secret_reference::SourceName;
use grantd_model::{Revision, SecretInput, SourceDraft};

use super::form::{self, SourceForm};
use super::representation::{SourceOut, respond};
use crate::api::merge_patch::merge;
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Change a secret source by a JSON merge patch (RFC 7396): what is left out stays, null brings the default
/// back. The secret is expected again where it would go elsewhere.
#[utoipa::path(
    patch, path = "/v1/sources/{source}", tag = "sources", operation_id = "update_source",
    params(
        ("source" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    request_body(content = SourceForm, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = SourceOut, headers(("ETag" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such source", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The configuration declares it", body = ProblemDocument, content_type = "application/problem+json"),
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
    Named(wanted): Named<SourceName>,
    revision: IfMatch,
    patch: JsonBytes,
) -> Result<Response, Problem> {
    patch.check_object()?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let shown = app.engine.source(&actor, &wanted).await?;
        let before = shown.source.ok_or_else(|| declared(&wanted))?;
        revision.check(before.revision)?;
        let mut document =
            serde_json::to_value(SourceDraft::of(&before.settings)).unwrap_or_default();
        merge(&mut document, patch.read()?);
        let kept = before.secret.as_ref().map(|_| SecretInput::Keep);
        let taken = form::take(document, kept)?;
        if taken.name.is_some_and(|name| name != wanted.as_str()) {
            let detail = "the name never changes; leave it out";
            return Err(Problem::fields(vec![
                grantd_model::Invalid::new("fixed", detail).at("/name"),
            ]));
        }
        // a wrapping token is opened once, and not again for another try
        let is_wrapped = taken.input.is_wrapped;
        let expected: Revision = revision.expected(before.revision);
        let updated = app
            .engine
            .update_source(&actor, &wanted, expected, &taken.draft, taken.input)
            .await;
        match updated {
            Ok(_) => return respond((&app, &actor), StatusCode::OK, &wanted).await,
            Err(error) if !is_wrapped && revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// One that the configuration declares is changed there.
pub(super) fn declared(name: &SourceName) -> Problem {
    let detail = format!(
        "the secret source `{name}` is declared in the configuration, and is changed there"
    );
    EngineError::InUse(detail).into()
}
