//! A listener as the API shows one.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use grantd_engine::{ListedListener, ListenerRef, ListenerStanding};
use grantd_model::{Actor, Listener, ListenerDraft, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::form::ListenerForm;
use crate::api::ActorOut;
use crate::app::App;
use crate::problem::Problem;

/// An email listener.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListenerOut {
    /// Names it for ever.
    id: String,
    /// Names it in addresses, for ever.
    slug: String,
    /// Counts updates; the `ETag` is `"r<revision>"`.
    revision: u64,
    /// What people set.
    #[serde(flatten)]
    #[schema(value_type = ListenerForm)]
    settings: ListenerDraft,
    /// Whether somebody has stopped it for a while.
    paused: bool,
    /// How it fares.
    state: StateOut,
    /// When it was added.
    created_at: String,
    /// Who added it.
    created_by: ActorOut,
    /// When it was last changed.
    updated_at: String,
    /// Who changed it last.
    updated_by: ActorOut,
}

/// How a listener fares.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StateOut {
    /// `paused`, `starting`, `failing`, `given_up` (it works, and mails were given up) or `working`.
    standing: &'static str,
    /// `beginning`, `following` or `resyncing`.
    phase: &'static str,
    /// When it last looked, and delivered or wrote down all that was new; up to half a minute ago.
    looked_at: Option<String>,
    /// When it last delivered.
    delivered_at: Option<String>,
    /// How long the last mail waited that was delivered for the first time, from its receipt to its delivery.
    lag_s: Option<f64>,
    /// Why it delivers nothing.
    failing: Option<FailingOut>,
    /// When it looks again, where it waits longer than usual.
    next_look_at: Option<String>,
    /// How many actions with delivered mails are still to be done.
    actions_waiting: u64,
    /// Why one of these was not done when it was last tried.
    action_fault: Option<String>,
    /// How many mails are to be tried again.
    retrying: u64,
    /// How many mails were given up.
    given_up: u64,
}

/// Why a listener delivers nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailingOut {
    /// Since when.
    since: String,
    /// When it failed last.
    last_at: String,
    /// How often in a row.
    times: u64,
    /// What kind of failure the last one was.
    class: String,
    /// What happened.
    detail: String,
    /// What can be done, where that is known.
    remedy: Option<String>,
}

/// The name of a standing.
pub(crate) const fn standing_name(standing: ListenerStanding) -> &'static str {
    match standing {
        ListenerStanding::Paused => "paused",
        ListenerStanding::Starting => "starting",
        ListenerStanding::Failing => "failing",
        ListenerStanding::GivenUp => "given_up",
        ListenerStanding::Working => "working",
    }
}

impl From<&ListedListener> for ListenerOut {
    fn from(listed: &ListedListener) -> Self {
        let listener = &listed.listener;
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let state = &listed.state;
        Self {
            id: listener.id.to_string(),
            slug: listener.slug.to_string(),
            revision: listener.revision.0,
            settings: ListenerDraft::of(&listener.settings),
            paused: listener.paused,
            state: StateOut {
                standing: standing_name(listed.standing()),
                phase: state.phase.name(),
                looked_at: time(state.looked_at),
                delivered_at: time(state.delivered_at),
                lag_s: state.lag.map(|lag| lag.as_secs_f64()),
                failing: state.failing.as_ref().map(|failing| FailingOut {
                    since: failing.since.to_string(),
                    last_at: failing.last_at.to_string(),
                    times: failing.times,
                    class: failing.class.clone(),
                    detail: failing.detail.clone(),
                    remedy: failing.remedy.clone(),
                }),
                next_look_at: time(state.next_look_at),
                actions_waiting: listed.waiting.actions,
                action_fault: listed.waiting.action_fault.clone(),
                retrying: listed.waiting.retrying,
                given_up: listed.waiting.given_up,
            },
            created_at: listener.created.at.to_string(),
            created_by: (&listener.created.by).into(),
            updated_at: listener.updated.at.to_string(),
            updated_by: (&listener.updated.by).into(),
        }
    }
}

/// The answer that shows a listener, with its `ETag`.
pub(super) async fn respond(
    (app, actor): (&App, &Actor),
    status: StatusCode,
    listener: &Listener,
) -> Result<Response, Problem> {
    let wanted = ListenerRef::Id(listener.id);
    let listed = app.engine.listener_standing(actor, &wanted).await?;
    let out = ListenerOut::from(&listed);
    let etag = format!("\"{}\"", listed.listener.revision);
    let mut response = (status, Json(out)).into_response();
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::try_from(format!("/v1/listeners/{}", listener.slug))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
