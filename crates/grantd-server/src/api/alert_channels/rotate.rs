//! `POST /v1/alert_channels/{channel}/signing_secrets`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::ChannelSecretInput;
use grantd_model::{ChannelDraft, Slug};

use super::representation::{ChannelOut, respond};
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::precondition::IfMatch;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Make a new signing secret for a webhook; it stands in this answer alone. Messages are signed with the one
/// before as well for 24 hours.
#[utoipa::path(
    post, path = "/v1/alert_channels/{channel}/signing_secrets", tag = "alerts", operation_id = "rotate_signing_secret",
    params(
        ("channel" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read", example = "\"r7\"")
    ),
    responses(
        (status = 201, description = "Made", body = ChannelOut, headers(("ETag" = String), ("Location" = String))),
        (status = 400, description = "A body was sent, or If-Match can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The revision is not the current one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "It is no webhook", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(wanted): Named<Slug>,
    revision: IfMatch,
    _: NoBody,
) -> Result<Response, Problem> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = app.engine.channel(&actor, &wanted).await?.channel;
        revision.check(before.revision)?;
        let draft = ChannelDraft::of(&before.settings);
        let expected = revision.expected(before.revision);
        let made = ChannelSecretInput::Made;
        let updated = app
            .engine
            .update_channel(&actor, &wanted, expected, &draft, made)
            .await;
        match updated {
            Ok(changed) => {
                let secret = changed.signing_secret.as_ref();
                return respond((&app, &actor), StatusCode::CREATED, &wanted, secret).await;
            }
            Err(error) if revision.begins_anew(&error, attempt) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
