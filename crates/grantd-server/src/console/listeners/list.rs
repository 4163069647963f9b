//! The list of email listeners.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{CredentialRef, EngineError, ListedListener, ListenerFilter};

use grantd_model::listener::DeliverySettings;

use super::standing::Shown;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Clock, Markup, number};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The rows of a page.
const ROWS: u32 = 50;

struct Row {
    name: String,
    slug: String,
    standing: Shown,
    mailbox: String,
    folder: String,
    spool: String,
    delivered: Markup,
    looked: Markup,
    waiting: String,
}

#[derive(Template)]
#[template(path = "console/listeners/list.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    query: &'a Form,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
    first: String,
    is_filtered: bool,
    fault: Option<String>,
}

/// `GET /console/listeners`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let t = visit.t();
    let query = &visit.query;
    let engine = &visit.app.engine;
    let part = query.get("q").trim();
    let filter = ListenerFilter {
        part: (!part.is_empty()).then(|| part.chars().take(200).collect()),
        credential: query.get("credential").parse::<CredentialRef>().ok(),
        limit: ROWS,
        cursor: query.some("cursor"),
    };
    let mut fault = None;
    let listing = match engine.list_listeners(visit.actor(), &filter).await {
        Ok(listing) => listing,
        // a place in another list, or a credential that is gone: begin anew
        Err(EngineError::Fields(faults)) => {
            fault = faults.first().map(|fault| fault.detail.clone());
            let filter = ListenerFilter {
                cursor: None,
                credential: None,
                ..filter
            };
            engine.list_listeners(visit.actor(), &filter).await?
        }
        Err(error) => return Err(error.into()),
    };
    let page = Page {
        frame: visit.frame(Here::Listeners, t.say("nav.listeners")).await?,
        t,
        rows: listing
            .items
            .iter()
            .map(|listed| row(visit.clock(), listed))
            .collect(),
        next: listing.next_cursor.map(|cursor| address(query, &cursor)),
        is_first: query.get("cursor").is_empty(),
        first: address(query, ""),
        is_filtered: ["q", "credential"]
            .iter()
            .any(|name| !query.get(name).is_empty()),
        query,
        fault,
    };
    Ok(Html(page.render()?).into_response())
}

/// The address of this list at another place.
fn address(query: &Form, cursor: &str) -> String {
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("q", query.get("q")),
        ("credential", query.get("credential")),
        ("cursor", cursor),
    ] {
        if !value.is_empty() {
            address.append_pair(name, value);
        }
    }
    format!("/console/listeners?{}", address.finish())
}

fn row(clock: Clock<'_>, listed: &ListedListener) -> Row {
    let settings = &listed.listener.settings;
    let never = || Markup(clock.t.say("listener.never").to_owned());
    let when = |at: Option<grantd_model::Timestamp>| at.map_or_else(never, |at| clock.when(at));
    let waiting = listed.waiting.retrying + listed.waiting.given_up;
    let DeliverySettings::Spool { spool, .. } = &settings.delivery;
    Row {
        name: settings.name.to_string(),
        slug: listed.listener.slug.to_string(),
        standing: Shown::of(clock, listed),
        mailbox: settings.mailbox.to_string(),
        folder: settings.folder.to_string(),
        spool: spool.to_string(),
        delivered: when(listed.state.delivered_at),
        looked: when(listed.state.looked_at),
        waiting: number(waiting),
    }
}
