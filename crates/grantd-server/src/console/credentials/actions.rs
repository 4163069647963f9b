//! What can be done to a credential by one button.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{CredentialRef, EngineError};
use grantd_model::{Credential, Revision};

use super::edit::{find, forbidden};
use super::page::{Used, used_by};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::sentence;
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::problem::Problem;

fn back(credential: &Credential, done: &str) -> Response {
    let address = format!("/console/credentials/{}?done={done}", credential.slug);
    Redirect::to(&address).into_response()
}

/// Back to where the secret is replaced.
pub(super) fn to_rotation(credential: &Credential, query: &str) -> Response {
    let address = format!("/console/credentials/{}/rotate?{query}", credential.slug);
    Redirect::to(&address).into_response()
}

/// `POST /console/credentials/{credential}/renew`
pub(super) async fn renew(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    let wanted = CredentialRef::Id(credential.id);
    let renewed = visit.app.engine.renew_token(visit.actor(), &wanted).await;
    visit.app.console.forget_counts();
    match renewed {
        Ok(_) if form.get("from") == "rotate" => Ok(to_rotation(&credential, "done=renewed")),
        Ok(_) => Ok(back(&credential, "renewed")),
        Err(error @ (EngineError::Forbidden { .. } | EngineError::NotFound { .. })) => {
            Err(error.into())
        }
        // the page says why
        Err(error) => {
            let words = sentence(&Problem::from(error).in_words());
            super::page::with_problem(&visit, credential, words).await
        }
    }
}

/// `POST /console/credentials/{credential}/drop`
pub(super) async fn drop(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    let wanted = CredentialRef::Id(credential.id);
    visit.app.engine.drop_tokens(visit.actor(), &wanted).await?;
    Ok(back(&credential, "dropped"))
}

/// `POST /console/credentials/{credential}/enable`
pub(super) async fn enable(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    set_enabled(&visit, &name, true).await
}

/// `POST /console/credentials/{credential}/disable`
pub(super) async fn disable(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    set_enabled(&visit, &name, false).await
}

async fn set_enabled(visit: &Visit, name: &str, enabled: bool) -> Result<Response, Failed> {
    let credential = find(visit, name).await?;
    let wanted = CredentialRef::Id(credential.id);
    let engine = &visit.app.engine;
    let set = engine.set_credential_enabled(visit.actor(), &wanted, enabled);
    let credential = set.await?;
    visit.app.console.forget_counts();
    Ok(back(
        &credential,
        if enabled { "enabled" } else { "disabled" },
    ))
}

#[derive(Template)]
#[template(path = "console/credentials/confirm.html", whitespace = "minimize")]
struct Confirm<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    slug: String,
    revision: u64,
    used: Vec<Used>,
    /// The listeners that use it: slug and name.
    listeners: Vec<(String, String)>,
    /// The HTTP consumers that use it: slug and name.
    consumers: Vec<(String, String)>,
    deletes: bool,
    changed: bool,
}

/// `GET /console/credentials/{credential}/disable`: says what stops.
pub(super) async fn ask_disable(
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Failed> {
    confirm(&visit, &name, false).await
}

/// `GET /console/credentials/{credential}/delete`: says what uses it.
pub(super) async fn ask_delete(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    confirm(&visit, &name, true).await
}

async fn confirm(visit: &Visit, name: &str, deletes: bool) -> Result<Response, Failed> {
    let credential = find(visit, name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let wanted = CredentialRef::Id(credential.id);
    let engine = &visit.app.engine;
    let listeners = engine
        .listeners_of_credential(visit.actor(), &wanted)
        .await?;
    let consumers = engine
        .consumers_of_credential(visit.actor(), &wanted)
        .await?;
    let t = visit.t();
    let key = if deletes {
        "confirm.delete_title"
    } else {
        "confirm.disable_title"
    };
    let page = Confirm {
        frame: visit
            .frame(Here::Credentials, t.say1(key, &credential.settings.name))
            .await?,
        t,
        slug: credential.slug.to_string(),
        revision: credential.revision.0,
        used: used_by(visit, &credential, visit.days_ago(7)).await?.0,
        listeners: listeners.into_iter().collect(),
        consumers: consumers.into_iter().collect(),
        deletes,
        changed: visit.query.is_ticked("changed"),
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /console/credentials/{credential}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let gone = || Redirect::to("/console/credentials?done=deleted").into_response();
    let credential = match find(&visit, &name).await {
        Ok(credential) => credential,
        // sent twice: it is what was wanted
        Err(EngineError::NotFound { .. }) if visit.manages() => return Ok(gone()),
        Err(error) => return Err(error.into()),
    };
    let wanted = CredentialRef::Id(credential.id);
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    match engine
        .delete_credential(visit.actor(), &wanted, revision)
        .await
    {
        Ok(()) => {
            visit.app.console.forget_counts();
            Ok(gone())
        }
        // what was confirmed is not what is there now
        Err(EngineError::Stale { .. }) => {
            let address = format!("/console/credentials/{}/delete?changed", credential.slug);
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
