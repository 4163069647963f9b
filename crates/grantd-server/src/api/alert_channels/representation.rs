//! An alert channel as the API shows one.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use grantd_engine::ShownChannel;
use grantd_model::alert::DeliveryEnd;
use grantd_model::{Actor, AlertDelivery, ChannelDraft, ChannelSecret, Secret, Slug};
use serde::Serialize;
use utoipa::ToSchema;

use super::form::ChannelSettingsForm;
use crate::api::ActorOut;
use crate::app::App;
use crate::precondition::etag;
use crate::problem::Problem;

/// An alert channel with everything.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelOut {
    /// Names it for ever.
    id: String,
    /// What it is called.
    name: String,
    /// `webhook`, `email` or `chat`.
    kind: &'static str,
    /// Counts updates; the `ETag` is `"r<revision>"`.
    revision: u64,
    /// What people set. Who may not administer sees no query of a URL.
    #[schema(value_type = ChannelSettingsForm)]
    settings: ChannelDraft,
    /// The secret, without its value.
    secret: Option<ChannelSecretOut>,
    /// The signing secret that grantd has just made; it is never shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
    /// `unknown` (nothing was sent so far), `working`, `failing`, or `disabled`.
    standing: &'static str,
    /// How many alerts wait for it.
    waiting: u64,
    /// When the first of them is tried.
    next_at: Option<String>,
    /// How the last attempt ended.
    last: Option<LastOut>,
    /// When it was added.
    created_at: String,
    /// Who added it.
    created_by: ActorOut,
    /// When it was last changed.
    updated_at: String,
    /// Who changed it last.
    updated_by: ActorOut,
}

/// The secret of an alert channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelSecretOut {
    /// Counts the secrets of the channel.
    version: u32,
    /// When it was set.
    set_at: String,
    /// By whom.
    set_by: ActorOut,
    /// Whether a webhook is signed with the secret before as well.
    signed_twice: bool,
}

/// How an attempt ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LastOut {
    /// When.
    at: String,
    /// `delivered`, or what kind of fault.
    #[schema(example = "delivered")]
    class: String,
    /// What the other side said.
    detail: String,
}

impl From<&DeliveryEnd> for LastOut {
    fn from(end: &DeliveryEnd) -> Self {
        Self {
            at: end.at.to_string(),
            class: end.class.clone(),
            detail: end.detail.clone(),
        }
    }
}

/// The name of how a channel stands.
pub(crate) fn standing(shown: &ShownChannel) -> &'static str {
    let last: Option<&DeliveryEnd> = shown.last.as_ref().and_then(last_end);
    if !shown.channel.settings.enabled {
        return "disabled";
    }
    match last {
        None => "unknown",
        Some(end) if end.is_delivered() => "working",
        Some(_) => "failing",
    }
}

const fn last_end(delivery: &AlertDelivery) -> Option<&DeliveryEnd> {
    delivery.last.as_ref()
}

impl ChannelOut {
    pub(super) fn of(app: &App, shown: &ShownChannel, made: Option<&Secret<String>>) -> Self {
        let channel = &shown.channel;
        let now = app.engine.now();
        let signed_twice = channel.secrets(now).count() > 1;
        let secret = |secret: &ChannelSecret| ChannelSecretOut {
            version: secret.version,
            set_at: secret.set.at.to_string(),
            set_by: (&secret.set.by).into(),
            signed_twice,
        };
        Self {
            id: channel.id.to_string(),
            name: channel.name.to_string(),
            kind: channel.settings.kind.name(),
            revision: channel.revision.0,
            settings: ChannelDraft::of(&channel.settings),
            secret: channel.secret.as_ref().map(secret),
            signing_secret: made.map(|made| made.expose().clone()),
            standing: standing(shown),
            waiting: shown.waiting,
            next_at: shown.next_at.map(|at| at.to_string()),
            last: shown.last.as_ref().and_then(last_end).map(LastOut::from),
            created_at: channel.created.at.to_string(),
            created_by: (&channel.created.by).into(),
            updated_at: channel.updated.at.to_string(),
            updated_by: (&channel.updated.by).into(),
        }
    }
}

/// The answer that shows a channel, with its `ETag`, and the signing secret that was just made.
pub(super) async fn respond(
    (app, actor): (&App, &Actor),
    status: StatusCode,
    name: &Slug,
    made: Option<&Secret<String>>,
) -> Result<Response, Problem> {
    let shown = app.engine.channel(actor, name).await?;
    let out = ChannelOut::of(app, &shown, made);
    let mut response = (status, Json(out)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(shown.channel.revision));
    if made.is_some() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::try_from(format!("/v1/alert_channels/{name}"))
    {
        headers.insert(header::LOCATION, place);
    }
    Ok(response)
}
