//! Deletes a source that nothing needs; says what does.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::EngineError;
use grantd_model::Revision;

use super::page::find;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

#[derive(Template)]
#[template(path = "console/sources/delete.html", whitespace = "minimize")]
struct Confirm<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    name: String,
    revision: u64,
    changed: bool,
    refused: Option<String>,
}

async fn confirm(visit: &Visit, name: &str, refused: Option<String>) -> Result<Response, Failed> {
    let shown = find(visit, name).await?;
    let Some(source) = shown.source else {
        let detail = visit.t().say("source.declared_there").to_owned();
        return Err(EngineError::InUse(detail).into());
    };
    let t = visit.t();
    let page = Confirm {
        frame: visit
            .frame(Here::Sources, t.say1("confirm.delete_title", &source.name))
            .await?,
        t,
        name: source.name.to_string(),
        revision: source.revision.0,
        changed: visit.query.is_ticked("changed"),
        refused,
    };
    Ok(Html(page.render()?).into_response())
}

/// `GET /console/sources/{source}/delete`
pub(super) async fn ask(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    confirm(&visit, &name, None).await
}

/// `POST /console/sources/{source}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let gone = || Redirect::to("/console/sources?done=source_deleted").into_response();
    let shown = match find(&visit, &name).await {
        Ok(shown) => shown,
        // sent twice: it is what was wanted
        Err(EngineError::NotFound { .. }) if visit.administers() => return Ok(gone()),
        Err(error) => return Err(error.into()),
    };
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    let deleted = engine
        .delete_source(visit.actor(), &shown.listed.name, revision)
        .await;
    match deleted {
        Ok(()) => Ok(gone()),
        Err(EngineError::InUse(detail)) => confirm(&visit, &name, Some(detail)).await,
        // what was confirmed is not what is there now
        Err(EngineError::Stale { .. }) => {
            let address = format!("/console/sources/{name}/delete?changed");
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
