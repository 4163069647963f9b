//! Administration > Global Settings.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::failed::Failed;
use super::frame::{Frame, Here};
use super::show::number;
use super::texts::Texts;
use super::visit::Visit;

#[derive(Template)]
#[template(path = "console/global_settings.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    credentials: String,
}

/// `GET /console/global-settings`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let t = visit.t();
    let page = Page {
        frame: visit
            .frame(Here::GlobalSettings, t.say("nav.global_settings"))
            .await?,
        t,
        credentials: number(visit.counts().await?.all()),
    };
    Ok(Html(page.render()?).into_response())
}
