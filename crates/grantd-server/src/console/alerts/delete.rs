//! Deletes an alert channel.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::EngineError;
use grantd_model::Revision;

use super::page::{admins_alone, find};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

#[derive(Template)]
#[template(path = "console/alerts/delete.html", whitespace = "minimize")]
struct Confirm<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    name: String,
    revision: u64,
    changed: bool,
}

/// `GET /console/alerts/{channel}/delete`
pub(super) async fn ask(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    let channel = find(&visit, &name).await?.channel;
    let t = visit.t();
    let page = Confirm {
        frame: visit
            .frame(Here::Alerts, t.say1("confirm.delete_title", &channel.name))
            .await?,
        t,
        name: channel.name.to_string(),
        revision: channel.revision.0,
        changed: visit.query.is_ticked("changed"),
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /console/alerts/{channel}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    let gone = || Redirect::to("/console/alerts?done=channel_deleted").into_response();
    let shown = match find(&visit, &name).await {
        Ok(shown) => shown,
        // sent twice: it is what was wanted
        Err(EngineError::NotFound { .. }) => return Ok(gone()),
        Err(error) => return Err(error.into()),
    };
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    let deleted = engine
        .delete_channel(visit.actor(), &shown.channel.name, revision)
        .await;
    match deleted {
        Ok(()) => Ok(gone()),
        // what was confirmed is not what is there now
        Err(EngineError::Stale { .. }) => {
            let address = format!("/console/alerts/{name}/delete?changed");
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
