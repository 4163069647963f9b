//! `PATCH /v1/alert_channels/{channel}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_model::{ChannelDraft, Invalid, Slug};

use super::form::{self, ChannelForm};
use super::representation::{ChannelOut, respond};
use crate::api::merge_patch::merge;
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBytes;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Change an alert channel by a JSON merge patch (RFC 7396): what is left out stays, null brings the default
/// back. The secret is expected again where it would go elsewhere. What waits is tried at once.
#[utoipa::path(
    patch, path = "/v1/alert_channels/{channel}", tag = "alerts", operation_id = "update_alert_channel",
    params(
        ("channel" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    request_body(content = ChannelForm, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = ChannelOut, headers(("ETag" = String))),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemDocument, content_type = "application/problem+json"),
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
    Named(wanted): Named<Slug>,
    revision: IfMatch,
    patch: JsonBytes,
) -> Result<Response, Problem> {
    patch.check_object()?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = app.engine.channel(&actor, &wanted).await?.channel;
        revision.check(before.revision)?;
        let mut document =
            serde_json::to_value(ChannelDraft::of(&before.settings)).unwrap_or_default();
        merge(&mut document, patch.read()?);
        let taken = form::take(document)?;
        if taken.name.is_some_and(|name| name != wanted.as_str()) {
            let fault = Invalid::new("fixed", "the name never changes; leave it out");
            return Err(Problem::fields(vec![fault.at("/name")]));
        }
        let expected = revision.expected(before.revision);
        let updated = app
            .engine
            .update_channel(&actor, &wanted, expected, &taken.draft, taken.input)
            .await;
        match updated {
            Ok(_) => return respond((&app, &actor), StatusCode::OK, &wanted, None).await,
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
