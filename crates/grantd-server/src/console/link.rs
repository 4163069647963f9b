//! Links that let somebody in once. The code stands behind the `#` of the address, which a browser
//! keeps to itself: it is sent in the body of a form alone, and in no log.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use grantd_engine::{EngineError, LinkUse};
use grantd_model::{FieldError, LinkPurpose, Secret, UserName};

use super::door::{Ask, Door, refusal};
use super::failed::Failed;
use super::form::Form;
use super::sign_in::{entered, forget_earlier};
use super::visitor::{is_private, visitor};
use crate::app::App;

/// `GET /console/link`
pub(super) async fn show(State(app): State<App>, parts: Parts) -> Result<Response, Failed> {
    let ask = if is_private(&app, &parts) {
        Ask::Link
    } else {
        Ask::NotPrivate
    };
    Door::new(&app, ask).respond(StatusCode::OK)
}

/// `POST /console/link`: says what the link is for, or signs in at once.
pub(super) async fn follow(
    State(app): State<App>,
    parts: Parts,
    form: Form,
) -> Result<Response, Failed> {
    if !is_private(&app, &parts) {
        return Door::new(&app, Ask::NotPrivate).respond(StatusCode::FORBIDDEN);
    }
    let code = form.get("code").trim();
    let offer = match app.engine.open_link(code).await {
        Ok(offer) => offer,
        Err(error) => return refused(&app, code, error),
    };
    let user = offer.user.map(String::from).unwrap_or_default();
    let ask = match offer.purpose {
        LinkPurpose::Setup => Ask::FirstAdmin,
        LinkPurpose::Password => Ask::NewPassword,
        LinkPurpose::SignIn => {
            let visitor = visitor(&app, &parts);
            let begun = app.engine.use_link(code, LinkUse::SignIn, &visitor).await;
            return match begun {
                Ok(session) => {
                    forget_earlier(&app, &parts).await;
                    entered(&app, &session, &visitor, (super::ROOT, None)).await
                }
                Err(error) => refused(&app, code, error),
            };
        }
    };
    let door = Door {
        user: &user,
        code,
        ..Door::new(&app, ask)
    };
    door.respond(StatusCode::OK)
}

/// `POST /console/link/password`: uses the link with what was chosen.
pub(super) async fn choose(
    State(app): State<App>,
    parts: Parts,
    form: Form,
) -> Result<Response, Failed> {
    if !is_private(&app, &parts) {
        return Door::new(&app, Ask::NotPrivate).respond(StatusCode::FORBIDDEN);
    }
    let t = &app.console.texts;
    let code = form.get("code").trim();
    let offer = match app.engine.open_link(code).await {
        Ok(offer) => offer,
        Err(error) => return refused(&app, code, error),
    };
    let is_setup = offer.purpose == LinkPurpose::Setup;
    let known = offer.user.map(String::from).unwrap_or_default();
    let user = if is_setup {
        form.get("user").trim()
    } else {
        &known
    };
    let mut door = Door {
        user,
        code,
        ..Door::new(
            &app,
            if is_setup {
                Ask::FirstAdmin
            } else {
                Ask::NewPassword
            },
        )
    };
    if form.get("password") != form.get("again") {
        door.again_fault = Some(t.say("door.differ").to_owned());
        return door.respond(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let password = Secret::from(form.get("password"));
    let wanted = if is_setup {
        match UserName::try_from(user) {
            Ok(name) => LinkUse::Setup { name, password },
            Err(fault) => {
                door.user_fault = Some(fault.detail);
                return door.respond(StatusCode::UNPROCESSABLE_ENTITY);
            }
        }
    } else {
        LinkUse::Password(password)
    };
    let visitor = visitor(&app, &parts);
    match app.engine.use_link(code, wanted, &visitor).await {
        Ok(session) => {
            forget_earlier(&app, &parts).await;
            entered(&app, &session, &visitor, (super::ROOT, None)).await
        }
        Err(EngineError::Fields(faults)) => {
            let of = |pointer: &str| {
                let mut all = faults.iter();
                let found = all.find(|fault: &&FieldError| fault.pointer == pointer);
                found.map(|fault| fault.detail.clone())
            };
            (door.fault, door.user_fault) = (of("/password"), of("/name"));
            door.respond(StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => refused(&app, code, error),
    }
}

fn refused(app: &App, code: &str, error: EngineError) -> Result<Response, Failed> {
    let t = &app.console.texts;
    let (status, _) = refusal(t, error)?;
    let door = Door {
        code,
        fault: Some(t.say("door.no_link").to_owned()),
        ..Door::new(app, Ask::Link)
    };
    door.respond(status)
}
