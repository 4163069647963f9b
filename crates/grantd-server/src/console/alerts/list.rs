//! The list of alert channels.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use grantd_model::alert::ChannelKind;

use super::shown::{Standing, kind_key};
use crate::console::failed::Failed;
use crate::console::frame::{Frame, Here};
use crate::console::show::number;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

struct Row {
    name: String,
    kind: String,
    standing: Standing,
    to: String,
    events: String,
    waiting: String,
}

#[derive(Template)]
#[template(path = "console/alerts/list.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    rows: Vec<Row>,
}

/// Where a channel leads, for people; never the URL of a chat.
pub(super) fn leads_to(kind: &ChannelKind) -> String {
    match kind {
        ChannelKind::Webhook(_) | ChannelKind::Chat(..) => kind.origin().to_string(),
        ChannelKind::Email(email) => {
            let to: Vec<String> = email.to.iter().map(ToString::to_string).collect();
            to.join(", ")
        }
    }
}

/// `GET /console/alerts`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let (t, clock) = (visit.t(), visit.clock());
    let channels = visit.app.engine.channels(visit.actor()).await?;
    let rows = channels.iter().map(|shown| {
        let settings = &shown.channel.settings;
        let events: Vec<&str> = settings
            .events
            .iter()
            .map(|it| t.say(event_key(it.name())))
            .collect();
        Row {
            name: shown.channel.name.to_string(),
            kind: t.say(kind_key(settings.kind.name())).to_owned(),
            standing: Standing::of(clock, shown),
            to: leads_to(&settings.kind),
            events: events.join(", "),
            waiting: number(shown.waiting),
        }
    });
    let page = Page {
        rows: rows.collect(),
        frame: visit.frame(Here::Alerts, t.say("nav.alerts")).await?,
        t,
    };
    Ok(Html(page.render()?).into_response())
}

/// The key of an event's name.
pub(super) fn event_key(event: &str) -> &'static str {
    match event {
        "failing" => "alert_event.failing",
        "recovered" => "alert_event.recovered",
        _ => "alert_event.expiring",
    }
}

/// The key of the name of a kind of thing.
pub(super) fn object_key(object: &str) -> &'static str {
    match object {
        "credential" => "alert_object.credential",
        "listener" => "alert_object.listener",
        _ => "alert_object.source",
    }
}
