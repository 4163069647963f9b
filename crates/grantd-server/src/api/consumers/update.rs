//! `PATCH /v1/consumers/{consumer}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::ConsumerRef;
use grantd_model::{Consumer, ConsumerDraft};

use super::create::draft;
use super::form::ConsumerForm;
use super::representation::{ConsumerOut, respond};
use crate::api::merge_patch::merge;
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Change an HTTP consumer by a JSON merge patch (RFC 7396): what is left out stays, null brings the default
/// back, lists are replaced. A secret header without a value keeps the one it has, unless it would be sent
/// elsewhere then.
#[utoipa::path(
    patch, path = "/v1/consumers/{consumer}", tag = "consumers", operation_id = "update_consumer",
    params(
        ("consumer" = String, Path, description = "Slug or id"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    request_body(content = ConsumerForm, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = ConsumerOut, headers(("ETag" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such consumer", body = ProblemDocument, content_type = "application/problem+json"),
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
    Named(wanted): Named<ConsumerRef>,
    revision: IfMatch,
    patch: JsonBytes,
) -> Result<Response, Problem> {
    patch.check_object()?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = app.engine.get_consumer(&actor, &wanted).await?;
        revision.check(before.revision)?;
        let draft = merged(&before, &patch)?;
        let expected = revision.expected(before.revision);
        match app
            .engine
            .update_consumer(&actor, &wanted, expected, &draft)
            .await
        {
            Ok(after) => return respond((&app, &actor), StatusCode::OK, &after).await,
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The consumer with a patch applied.
pub(super) fn merged(before: &Consumer, patch: &JsonBytes) -> Result<ConsumerDraft, Problem> {
    let mut document = serde_json::to_value(ConsumerDraft::of(before)).unwrap_or_default();
    merge(&mut document, patch.read()?);
    draft(&document)
}
