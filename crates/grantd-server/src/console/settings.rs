//! Settings: how this installation is set up. What is set in the configuration is shown here, with
//! the place to change it.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::SourceListed;

use super::failed::Failed;
use super::frame::{Frame, Here};
use super::show::Markup;
use super::texts::Texts;
use super::visit::Visit;
use crate::settings::InstallationLines;

#[derive(Template)]
#[template(path = "console/settings.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    lines: &'a InstallationLines,
    public_url: Option<String>,
    hosts: &'a [String],
    allowed: &'a [String],
    uses_tls: bool,
    key_id: String,
    key_made: Option<Markup>,
    values: u64,
    values_left: u64,
    keys: u64,
    made: Markup,
    answered_in: String,
    sources: Option<Vec<SourceListed>>,
    clock: Markup,
}

/// `GET /console/settings`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let (t, clock) = (visit.t(), visit.clock());
    let engine = &visit.app.engine;
    let begun = engine.since_boot();
    let facts = engine.installation(visit.actor()).await?;
    let took = engine.since_boot().saturating_sub(begun);
    // who may not pick one is told of none, and not that there is none
    let sources = if visit.manages() {
        Some(engine.list_sources(visit.actor())?)
    } else {
        None
    };
    let settings = &visit.app.settings;
    let lists = visit.app.live.lists();
    let page = Page {
        frame: visit.frame(Here::Settings, t.say("nav.settings")).await?,
        t,
        lines: &settings.installation,
        public_url: settings.public_url.as_ref().map(ToString::to_string),
        hosts: &lists.allowed_hosts,
        allowed: &lists.egress_allowed,
        uses_tls: settings.clients_use_tls,
        key_made: facts.key_created_at.map(|at| clock.day(at)),
        values: facts.values,
        values_left: facts.values_left,
        key_id: facts.key_id,
        keys: facts.keys as u64,
        made: clock.day(facts.created_at),
        answered_in: super::show::took(took),
        sources,
        clock: clock.day(visit.now),
    };
    Ok(Html(page.render()?).into_response())
}
