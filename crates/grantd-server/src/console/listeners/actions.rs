//! What can be done to a listener and to its mails by one button.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{EngineError, ListenerRef};
use grantd_model::mail::MailKey;
use grantd_model::{Listener, Revision};

use super::edit::{find, forbidden};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

fn back(listener: &Listener, done: &str) -> Response {
    let address = format!("/console/listeners/{}?done={done}", listener.slug);
    Redirect::to(&address).into_response()
}

/// `POST /console/listeners/{listener}/pause`
pub(super) async fn pause(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    set_paused(&visit, &name, true).await
}

/// `POST /console/listeners/{listener}/resume`
pub(super) async fn resume(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    set_paused(&visit, &name, false).await
}

async fn set_paused(visit: &Visit, name: &str, paused: bool) -> Result<Response, Failed> {
    let listener = find(visit, name).await?;
    let wanted = ListenerRef::Id(listener.id);
    let engine = &visit.app.engine;
    engine
        .pause_listener(visit.actor(), &wanted, paused)
        .await?;
    let done = if paused { "paused" } else { "resumed" };
    Ok(back(&listener, done))
}

/// The listener, and the key of one of its mails.
async fn mail(visit: &Visit, name: &str, key: &str) -> Result<(Listener, MailKey), EngineError> {
    let listener = find(visit, name).await?;
    let key = MailKey::new(key).map_err(|_| EngineError::NotFound {
        what: "mail",
        name: key.to_owned(),
    })?;
    Ok((listener, key))
}

/// `POST /console/listeners/{listener}/mails/{key}/deliver`
pub(super) async fn deliver(
    visit: Visit,
    Path((name, key)): Path<(String, String)>,
) -> Result<Response, Failed> {
    let (listener, key) = mail(&visit, &name, &key).await?;
    let wanted = ListenerRef::Id(listener.id);
    let engine = &visit.app.engine;
    engine.replay_mail(visit.actor(), &wanted, &key).await?;
    Ok(back(&listener, "mail_again"))
}

/// `POST /console/listeners/{listener}/letters/{key}/discard`
pub(super) async fn discard(
    visit: Visit,
    Path((name, key)): Path<(String, String)>,
) -> Result<Response, Failed> {
    let (listener, key) = mail(&visit, &name, &key).await?;
    let wanted = ListenerRef::Id(listener.id);
    let engine = &visit.app.engine;
    match engine.discard_mail(visit.actor(), &wanted, &key).await {
        // sent twice, or delivered meanwhile: it is off the list
        Ok(()) | Err(EngineError::NotFound { .. }) => Ok(back(&listener, "mail_discarded")),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "console/listeners/confirm.html", whitespace = "minimize")]
struct Confirm<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    slug: String,
    revision: u64,
    changed: bool,
    waiting: Vec<String>,
}

/// `GET /console/listeners/{listener}/delete`: says what is forgotten.
pub(super) async fn ask_delete(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let listener = find(&visit, &name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let t = visit.t();
    let wanted = ListenerRef::Id(listener.id);
    let engine = &visit.app.engine;
    let listed = engine.listener_standing(visit.actor(), &wanted).await?;
    let mut waiting = Vec::new();
    for (key, count) in [
        (
            "listener.letters_go",
            listed.waiting.retrying + listed.waiting.given_up,
        ),
        ("listener.actions_go", listed.waiting.actions),
    ] {
        if count > 0 {
            waiting.push(t.count(key, count));
        }
    }
    let page = Confirm {
        frame: visit
            .frame(
                Here::Listeners,
                t.say1("confirm.delete_title", &listener.settings.name),
            )
            .await?,
        t,
        slug: listener.slug.to_string(),
        revision: listener.revision.0,
        changed: visit.query.is_ticked("changed"),
        waiting,
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /console/listeners/{listener}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let gone = || Redirect::to("/console/listeners?done=listener_deleted").into_response();
    let listener = match find(&visit, &name).await {
        Ok(listener) => listener,
        // sent twice: it is what was wanted
        Err(EngineError::NotFound { .. }) if visit.manages() => return Ok(gone()),
        Err(error) => return Err(error.into()),
    };
    let wanted = ListenerRef::Id(listener.id);
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    match engine
        .delete_listener(visit.actor(), &wanted, revision)
        .await
    {
        Ok(()) => Ok(gone()),
        // what was confirmed is not what is there now
        Err(EngineError::Stale { .. }) => {
            let address = format!("/console/listeners/{}/delete?changed", listener.slug);
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
