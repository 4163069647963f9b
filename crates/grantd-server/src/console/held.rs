//! A session that ended while somebody typed: sign in, and back to the form as it was, secrets
//! excepted.

use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::Visitor;
use grantd_model::Secret;

use super::door::{Ask, Door};
use super::failed::Failed;
use super::form::Form;
use super::visit::Visit;
use super::{access, alerts, consumers, credentials, listeners, sources};
use crate::app::App;

/// The form of a new API key.
pub(super) const NEW_KEY: &str = "/console/access/keys/new";

/// Asks for the password and holds the form meanwhile.
pub(super) fn hold(
    app: &App,
    failed: Failed,
    address: &str,
    form: &Form,
) -> Result<Response, Failed> {
    let (ask, came_without) = match failed {
        Failed::NotSignedIn(_) => (Ask::Password, true),
        Failed::SessionOver(_) => (Ask::Password, false),
        Failed::CodeAwaited(_) => (Ask::Code, false),
        other => return Err(other),
    };
    let held = credentials::to_send_back(form).to_text();
    // the form came back a moment ago with a cookie, which is not here
    let refuses = came_without && form.is_ticked("restored");
    let door = Door {
        next: address,
        held: Some(&held),
        notice: refuses.then(|| app.console.texts.say("door.no_cookie")),
        ..Door::new(app, ask)
    };
    door.respond(StatusCode::UNAUTHORIZED)
}

/// The form as it was when the session ended.
pub(super) async fn restored(
    app: &App,
    session: &Secret<String>,
    visitor: &Visitor,
    (address, held): (&str, &str),
) -> Result<Response, Failed> {
    let person = app.engine.authenticate_session(session.expose()).await?;
    let visit = Visit {
        now: app.engine.now(),
        visitor: visitor.clone(),
        query: Form::default(),
        app: app.clone(),
        person,
    };
    let form = credentials::to_send_back(&Form::parse(held.as_bytes()));
    if address == NEW_KEY {
        return access::restored(&visit, &form).await;
    }
    if address == listeners::NEW_LISTENER || address.starts_with("/console/listeners/") {
        return listeners::restored(&visit, address, form).await;
    }
    if address == consumers::NEW_CONSUMER || address.starts_with("/console/consumers/") {
        return consumers::restored(&visit, address, form).await;
    }
    if address == sources::NEW_SOURCE || address.starts_with("/console/sources/") {
        return sources::restored(&visit, address, form).await;
    }
    if address == alerts::NEW_CHANNEL || address.starts_with("/console/alerts/") {
        return alerts::restored(&visit, address, form).await;
    }
    credentials::restored(&visit, address, form).await
}
