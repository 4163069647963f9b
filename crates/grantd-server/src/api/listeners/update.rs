//! `PATCH /v1/listeners/{listener}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::ListenerRef;
use grantd_model::ListenerDraft;

use super::create::draft;
use super::form::ListenerForm;
use super::representation::{ListenerOut, respond};
use crate::api::merge_patch::merge;
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Change an email listener by a JSON merge patch (RFC 7396): what is left out stays, null brings the
/// default back. On another mailbox or folder it begins anew.
#[utoipa::path(
    patch, path = "/v1/listeners/{listener}", tag = "listeners", operation_id = "update_listener",
    params(
        ("listener" = String, Path, description = "Slug or id"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    request_body(content = ListenerForm, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = ListenerOut, headers(("ETag" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such listener", body = ProblemDocument, content_type = "application/problem+json"),
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
    Named(wanted): Named<ListenerRef>,
    revision: IfMatch,
    patch: JsonBytes,
) -> Result<Response, Problem> {
    patch.check_object()?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = app.engine.get_listener(&actor, &wanted).await?;
        revision.check(before.revision)?;
        let mut document =
            serde_json::to_value(ListenerDraft::of(&before.settings)).unwrap_or_default();
        merge(&mut document, patch.read()?);
        let draft = draft(&document)?;
        let expected = revision.expected(before.revision);
        match app
            .engine
            .update_listener(&actor, &wanted, expected, &draft)
            .await
        {
            Ok(after) => return respond((&app, &actor), StatusCode::OK, &after).await,
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
