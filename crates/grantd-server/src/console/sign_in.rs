//! Signing in, the second factor, and signing out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use grantd_engine::{NewSession, Visitor};
use grantd_model::{Secret, SessionStage};

use super::door::{Ask, Door, refusal};
use super::failed::{Failed, came_from, page_of};
use super::form::Form;
use super::visitor::{is_private, visitor};
use super::{cookie, held};
use crate::app::App;
use crate::host;

/// `GET /console/sign-in`
pub(super) async fn show(State(app): State<App>, parts: Parts) -> Result<Response, Failed> {
    let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let next = page_of(query.get("next"));
    if let Some(session) = cookie::session(&app, &parts.headers)
        && let Ok(person) = app.engine.authenticate_session(session.expose()).await
        && person.session.stage == SessionStage::SignedIn
    {
        return Ok(Redirect::to(next).into_response());
    }
    let host = host_of(&parts);
    let mut door = Door {
        next,
        host: &host,
        ..Door::new(&app, Ask::Password)
    };
    if !is_private(&app, &parts) {
        door.ask = Ask::NotPrivate;
    } else if app.engine.needs_setup().await? {
        door.ask = Ask::NoAdmin;
    } else if query.is_ticked("kept") {
        // it was set a moment ago
        door.notice = Some(app.console.texts.say("door.no_cookie"));
    } else if query.get("done") == "signed_out" {
        door.notice = Some(app.console.texts.say("done.signed_out"));
    }
    door.respond(StatusCode::OK)
}

fn host_of(parts: &Parts) -> String {
    let authority = host::named(parts.version, &parts.headers, &parts.uri);
    authority.map_or_else(String::new, |authority| authority.to_string())
}

/// `POST /console/sign-in`
pub(super) async fn enter(
    State(app): State<App>,
    parts: Parts,
    form: Form,
) -> Result<Response, Failed> {
    let host = host_of(&parts);
    let next = page_of(form.get("next"));
    let mut door = Door {
        next,
        held: form.find("held"),
        user: form.get("user"),
        host: &host,
        ..Door::new(&app, Ask::Password)
    };
    if !is_private(&app, &parts) {
        door.ask = Ask::NotPrivate;
        return door.respond(StatusCode::FORBIDDEN);
    }
    let visitor = visitor(&app, &parts);
    let password = Secret::from(form.get("password"));
    let name = form.get("user").trim();
    match app.engine.sign_in(name, password, &visitor).await {
        Ok(session) => {
            forget_earlier(&app, &parts).await;
            entered(&app, &session, &visitor, (next, form.find("held"))).await
        }
        Err(error) => {
            let (status, fault) = refusal(&app.console.texts, error)?;
            door.fault = Some(fault);
            door.respond(status)
        }
    }
}

/// The session that the browser showed until now, of whomever, is of no use any more.
pub(super) async fn forget_earlier(app: &App, parts: &Parts) {
    if let Some(earlier) = cookie::session(app, &parts.headers) {
        // what can not be ended now ends by itself
        let _ = app.engine.end_session(earlier.expose()).await;
    }
}

/// Goes on with a session that has begun: to the code, back to the form that was held, or to the
/// page that was asked for.
pub(super) async fn entered(
    app: &App,
    session: &NewSession,
    visitor: &Visitor,
    (next, held): (&str, Option<&str>),
) -> Result<Response, Failed> {
    let mut response = match (session.stage, held) {
        (SessionStage::SecondFactor, held) => {
            let door = Door {
                next,
                held,
                ..Door::new(app, Ask::Code)
            };
            door.respond(StatusCode::OK)?
        }
        (SessionStage::SignedIn, Some(held)) => {
            // who is signed in stays so, also where the form is of no use any more
            match held::restored(app, &session.text, visitor, (next, held)).await {
                Ok(page) => page,
                Err(failed) => failed.into_response(),
            }
        }
        (SessionStage::SignedIn, None) => {
            let query = came_from(next);
            Redirect::to(&format!("/console/sign-in?{query}&kept")).into_response()
        }
    };
    cookie::put(app, &mut response, &session.text);
    Ok(response)
}

/// `GET /console/sign-in/code`
pub(super) async fn ask_code(State(app): State<App>, parts: Parts) -> Result<Response, Failed> {
    let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let next = page_of(query.get("next"));
    if cookie::session(&app, &parts.headers).is_none() {
        return Err(Failed::NotSignedIn(next.to_owned()));
    }
    let door = Door {
        next,
        ..Door::new(&app, Ask::Code)
    };
    door.respond(StatusCode::OK)
}

/// `POST /console/sign-in/code`
pub(super) async fn enter_code(
    State(app): State<App>,
    parts: Parts,
    form: Form,
) -> Result<Response, Failed> {
    let next = page_of(form.get("next"));
    let host = host_of(&parts);
    let Some(waiting) = cookie::session(&app, &parts.headers) else {
        // it was set with the page that this code was typed into
        let door = Door {
            next,
            held: form.find("held"),
            host: &host,
            notice: Some(app.console.texts.say("door.no_cookie")),
            ..Door::new(&app, Ask::Password)
        };
        return door.respond(StatusCode::UNAUTHORIZED);
    };
    let visitor = visitor(&app, &parts);
    let typed = form.get("code");
    let engine = &app.engine;
    match engine
        .sign_in_second_factor(waiting.expose(), typed, &visitor)
        .await
    {
        Ok(session) => entered(&app, &session, &visitor, (next, form.find("held"))).await,
        Err(grantd_engine::EngineError::Unauthenticated(_)) => {
            // it took too long, or the code was given already
            let door = Door {
                next,
                held: form.find("held"),
                host: &host,
                notice: Some(app.console.texts.say("door.too_late")),
                ..Door::new(&app, Ask::Password)
            };
            door.respond(StatusCode::UNAUTHORIZED)
        }
        Err(error) => {
            let (status, fault) = refusal(&app.console.texts, error)?;
            let door = Door {
                next,
                held: form.find("held"),
                fault: Some(fault),
                ..Door::new(&app, Ask::Code)
            };
            door.respond(status)
        }
    }
}

/// `POST /console/sign-out`
pub(super) async fn leave(State(app): State<App>, parts: Parts) -> Result<Response, Failed> {
    if let Some(session) = cookie::session(&app, &parts.headers) {
        app.engine.end_session(session.expose()).await?;
    }
    let mut response = Redirect::to("/console/sign-in?done=signed_out").into_response();
    cookie::remove(&app, &mut response);
    Ok(response)
}
