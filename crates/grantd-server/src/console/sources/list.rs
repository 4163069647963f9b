//! The list of secret sources.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::shown::Standing;
use crate::console::failed::Failed;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, number};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

struct Row {
    name: String,
    kind: String,
    is_declared: bool,
    standing: Standing,
    paths: String,
    read: Markup,
    reads: String,
}

#[derive(Template)]
#[template(path = "console/sources/list.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    rows: Vec<Row>,
}

/// The key of a kind's name.
pub(super) fn kind_key(kind: &str) -> &'static str {
    match kind {
        "file" => "source_kind.file",
        "environment" => "source_kind.environment",
        "command" => "source_kind.command",
        "https" => "source_kind.https",
        _ => "source_kind.vault",
    }
}

/// `GET /console/sources`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let (t, clock) = (visit.t(), visit.clock());
    let sources = visit.app.engine.sources(visit.actor()).await?;
    let rows = sources.iter().map(|shown| {
        let health = &shown.listed.health;
        Row {
            name: shown.listed.name.to_string(),
            kind: t.say(kind_key(shown.listed.kind)).to_owned(),
            is_declared: shown.listed.is_declared,
            standing: Standing::of(clock, health),
            paths: shown.bounds.paths_told(),
            read: health.read_at.map_or_else(
                || Markup(t.say("source.never").to_owned()),
                |at| clock.when(at),
            ),
            reads: number(health.reads),
        }
    });
    let page = Page {
        rows: rows.collect(),
        frame: visit.frame(Here::Sources, t.say("nav.sources")).await?,
        t,
    };
    Ok(Html(page.render()?).into_response())
}
