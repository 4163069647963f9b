//! What can be done to a consumer by one button.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{ConsumerRef, EngineError};
use grantd_model::Revision;

use super::edit::{find, forbidden};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// `POST /console/consumers/{consumer}/enable`
pub(super) async fn enable(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    set_enabled(&visit, &name, true).await
}

/// `POST /console/consumers/{consumer}/disable`
pub(super) async fn disable(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    set_enabled(&visit, &name, false).await
}

async fn set_enabled(visit: &Visit, name: &str, enabled: bool) -> Result<Response, Failed> {
    let consumer = find(visit, name).await?;
    let wanted = ConsumerRef::Id(consumer.id);
    let engine = &visit.app.engine;
    engine
        .set_consumer_enabled(visit.actor(), &wanted, enabled)
        .await?;
    let done = if enabled {
        "consumer_enabled"
    } else {
        "consumer_disabled"
    };
    let address = format!("/console/consumers/{}?done={done}", consumer.slug);
    Ok(Redirect::to(&address).into_response())
}

#[derive(Template)]
#[template(path = "console/consumers/confirm.html", whitespace = "minimize")]
struct Confirm<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    slug: String,
    hosts: Vec<String>,
    revision: u64,
    changed: bool,
}

/// `GET /console/consumers/{consumer}/delete`: says what is refused from then on.
pub(super) async fn ask_delete(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let consumer = find(&visit, &name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let t = visit.t();
    let title = t.say1("confirm.delete_title", &consumer.settings.name);
    let page = Confirm {
        frame: visit.frame(Here::Consumers, title).await?,
        t,
        slug: consumer.slug.to_string(),
        hosts: consumer
            .settings
            .hosts
            .iter()
            .map(ToString::to_string)
            .collect(),
        revision: consumer.revision.0,
        changed: visit.query.is_ticked("changed"),
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /console/consumers/{consumer}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let gone = || Redirect::to("/console/consumers?done=consumer_deleted").into_response();
    let consumer = match find(&visit, &name).await {
        Ok(consumer) => consumer,
        // sent twice: it is what was wanted
        Err(EngineError::NotFound { .. }) if visit.manages() => return Ok(gone()),
        Err(error) => return Err(error.into()),
    };
    let wanted = ConsumerRef::Id(consumer.id);
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    match engine
        .delete_consumer(visit.actor(), &wanted, revision)
        .await
    {
        Ok(()) => Ok(gone()),
        // what was confirmed is not what is there now
        Err(EngineError::Stale { .. }) => {
            let address = format!("/console/consumers/{}/delete?changed", consumer.slug);
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
