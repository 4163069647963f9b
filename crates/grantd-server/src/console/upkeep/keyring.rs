//! The keys that seal what is kept: rotated, and forgotten.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{DamagedValue, EarlierKey, EngineError};
use grantd_model::Action;

use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::Markup;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

#[derive(Template)]
#[template(path = "console/upkeep/keyring.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    place: &'a str,
    key: String,
    made: Option<Markup>,
    earlier: Vec<EarlierKey>,
    values: u64,
    under_key: u64,
    damaged: Vec<DamagedValue>,
    refused: Option<String>,
}

async fn page(visit: &Visit, refused: Option<String>) -> Result<Response, Failed> {
    let t = visit.t();
    let facts = visit.app.engine.installation(visit.actor()).await?;
    let page = Page {
        frame: visit
            .frame(Here::Settings, t.say("settings.keyring"))
            .await?,
        t,
        place: &visit.app.settings.installation.keyring,
        made: facts.key_created_at.map(|at| visit.clock().day(at)),
        key: facts.key_id,
        earlier: facts.earlier,
        values: facts.values,
        under_key: facts.values.saturating_sub(facts.values_left),
        damaged: facts.damaged,
        refused,
    };
    Ok(Html(page.render()?).into_response())
}

/// `GET /console/keyring`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    page(&visit, None).await
}

/// `POST /console/keyring/rotate`
pub(super) async fn rotate(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let facts = engine.installation(visit.actor()).await?;
    // sent twice, or from a page of before: one new key is what was wanted
    if form.get("key") != facts.key_id && visit.administers() {
        return Ok(Redirect::to("/console/keyring").into_response());
    }
    match engine.rotate_keyring(visit.actor()).await {
        Ok(_) => Ok(Redirect::to("/console/keyring?done=keyring_rotated").into_response()),
        Err(error @ EngineError::Keyring(_)) => page(&visit, Some(error.to_string())).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "console/upkeep/forget.html", whitespace = "minimize")]
struct Confirm<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    key: &'a str,
    refused: Option<String>,
}

async fn confirm(visit: &Visit, key: &str, refused: Option<String>) -> Result<Response, Failed> {
    let t = visit.t();
    let facts = visit.app.engine.installation(visit.actor()).await?;
    if !visit.administers() {
        return Err(EngineError::Forbidden {
            action: Action::Admin,
            on: String::new(),
        }
        .into());
    }
    if facts.key_id != key && !facts.earlier.iter().any(|earlier| earlier.id == key) {
        return Err(EngineError::NotFound {
            what: "key of the keyring",
            name: key.to_owned(),
        }
        .into());
    }
    let page = Confirm {
        frame: visit
            .frame(Here::Settings, t.say1("keyring.forget_title", key))
            .await?,
        t,
        key,
        refused,
    };
    Ok(Html(page.render()?).into_response())
}

/// `GET /console/keyring/{key}/forget`
pub(super) async fn ask(visit: Visit, Path(key): Path<String>) -> Result<Response, Failed> {
    confirm(&visit, &key, None).await
}

/// `POST /console/keyring/{key}/forget`
pub(super) async fn forget(
    visit: Visit,
    Path(key): Path<String>,
    _: Form,
) -> Result<Response, Failed> {
    let done = || Redirect::to("/console/keyring?done=key_forgotten").into_response();
    match visit.app.engine.forget_key(visit.actor(), &key).await {
        // sent twice: it is what was wanted
        Ok(_) | Err(EngineError::NotFound { .. }) => Ok(done()),
        Err(error @ (EngineError::InUse(_) | EngineError::Keyring(_))) => {
            confirm(&visit, &key, Some(error.to_string())).await
        }
        Err(error) => Err(error.into()),
    }
}
