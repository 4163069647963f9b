//! One's own account: password, second factor, sessions.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use grantd_engine::EngineError;
use grantd_model::{Secret, SessionId};

use super::charts::qr;
use super::cookie;
use super::door::refusal;
use super::failed::Failed;
use super::form::Form;
use super::frame::{Frame, Here};
use super::once::{Made, once};
use super::show::{Markup, sentence};
use super::texts::Texts;
use super::visit::Visit;
use crate::app::App;

/// The pages of one's own account.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/account", get(show))
        .route("/console/account/password", post(change_password))
        .route("/console/account/sessions/end", post(end_others))
        .route("/console/account/sessions/{session}/end", post(end_one))
        .route(
            "/console/account/second-factor",
            get(show_factor).post(begin_factor),
        )
        .route(
            "/console/account/second-factor/confirm",
            post(confirm_factor),
        )
        .route("/console/account/second-factor/codes", post(new_codes))
        .route("/console/account/second-factor/remove", post(remove_factor))
}

struct Row {
    id: String,
    agent: String,
    address: String,
    begun: Markup,
    seen: Markup,
    is_this: bool,
}

/// Where something is wrong.
#[derive(Default)]
struct Faults {
    present: Option<String>,
    password: Option<String>,
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "console/account.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    user: String,
    sessions: Vec<Row>,
    has_factor: bool,
    codes_left: u64,
    faults: Faults,
    form_id: String,
}

/// `GET /console/account`
async fn show(visit: Visit) -> Result<Response, Failed> {
    page(&visit, Faults::default(), StatusCode::OK).await
}

async fn page(visit: &Visit, faults: Faults, status: StatusCode) -> Result<Response, Failed> {
    Ok((status, Html(html(visit, faults).await?)).into_response())
}

async fn html(visit: &Visit, faults: Faults) -> Result<String, Failed> {
    let (t, clock) = (visit.t(), visit.clock());
    let sessions = visit.app.engine.list_own_sessions(visit.actor()).await?;
    let user = &visit.person.user;
    let factor = user.second_factor.as_ref();
    let page = Page {
        frame: visit.frame(Here::Account, t.say("nav.account")).await?,
        t,
        user: user.name.to_string(),
        sessions: sessions
            .iter()
            .map(|session| Row {
                id: session.id.to_string(),
                agent: session.agent.clone(),
                address: session.address.clone(),
                begun: clock.when(session.created_at),
                seen: clock.when(session.seen_at),
                is_this: session.id == visit.person.session.id,
            })
            .collect(),
        has_factor: user.has_second_factor(),
        codes_left: factor.map_or(0, |factor| factor.recovery.len() as u64),
        faults,
        form_id: visit.app.engine.unguessable(),
    };
    Ok(page.render()?)
}

/// `POST /console/account/password`
async fn change_password(visit: Visit, form: Form) -> Result<Response, Failed> {
    let t = visit.t();
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    if form.get("password") != form.get("again") {
        let faults = Faults {
            password: Some(t.say("door.differ").to_owned()),
            ..Faults::default()
        };
        return page(&visit, faults, unprocessable).await;
    }
    let (present, new) = (
        Secret::from(form.get("present")),
        Secret::from(form.get("password")),
    );
    let engine = &visit.app.engine;
    match engine
        .change_own_password(visit.actor(), (present, new), &visit.visitor)
        .await
    {
        Ok(session) => {
            let mut response = done("password_changed");
            cookie::put(&visit.app, &mut response, &session.text);
            Ok(response)
        }
        Err(EngineError::Fields(errors)) => {
            let faults = Faults {
                password: errors.first().map(|error| sentence(&error.detail)),
                ..Faults::default()
            };
            page(&visit, faults, unprocessable).await
        }
        Err(error) => {
            let (status, fault) = match error {
                EngineError::WrongPassword { left } if left > 0 => (
                    unprocessable,
                    t.count("account.wrong_password", u64::from(left)),
                ),
                error => refusal(t, error)?,
            };
            let faults = Faults {
                present: Some(fault),
                ..Faults::default()
            };
            page(&visit, faults, status).await
        }
    }
}

fn done(what: &str) -> Response {
    Redirect::to(&format!("/console/account?done={what}")).into_response()
}

/// `POST /console/account/sessions/end`
async fn end_others(visit: Visit) -> Result<Response, Failed> {
    let kept = visit.person.session.id;
    visit
        .app
        .engine
        .end_other_sessions(visit.actor(), kept)
        .await?;
    Ok(done("sessions_ended"))
}

/// `POST /console/account/sessions/{session}/end`
async fn end_one(visit: Visit, Path(session): Path<String>) -> Result<Response, Failed> {
    let id: SessionId = session.parse().map_err(|_| Failed::NoPage)?;
    visit.app.engine.end_own_session(visit.actor(), id).await?;
    Ok(done("session_ended"))
}

/// What an authenticator app calls it.
const ISSUER: &str = "grantd";

#[derive(Template)]
#[template(path = "console/second_factor.html", whitespace = "minimize")]
struct FactorPage<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    form_id: String,
    picture: Markup,
    secret: String,
    fault: Option<String>,
    /// Recovery codes, shown this once.
    codes: Vec<String>,
}

/// `POST /console/account/second-factor`
async fn begin_factor(visit: Visit) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    engine.begin_second_factor(visit.actor(), ISSUER).await?;
    Ok(Redirect::to("/console/account/second-factor").into_response())
}

/// `GET /console/account/second-factor`
async fn show_factor(visit: Visit) -> Result<Response, Failed> {
    match factor_page(&visit, None).await? {
        Some(html) => Ok(Html(html).into_response()),
        None => Ok(Redirect::to("/console/account").into_response()),
    }
}

/// The page that sets a second factor up; none where none is being set up.
async fn factor_page(visit: &Visit, fault: Option<String>) -> Result<Option<String>, Failed> {
    let t = visit.t();
    let engine = &visit.app.engine;
    let begun = engine
        .unconfirmed_second_factor(visit.actor(), ISSUER)
        .await;
    let Ok(factor) = begun else {
        return Ok(None);
    };
    let secret = factor.secret.expose();
    let groups: Vec<String> = secret
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    let page = FactorPage {
        frame: visit.frame(Here::Account, t.say("factor.title")).await?,
        t,
        form_id: engine.unguessable(),
        picture: qr::draw(factor.uri.expose(), t.say("factor.picture")),
        secret: groups.join(" "),
        fault,
        codes: Vec::new(),
    };
    Ok(Some(page.render()?))
}

/// `POST /console/account/second-factor/confirm`
async fn confirm_factor(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = visit.app.engine.clone();
    engine.to_the_end(confirm_once(visit, form)).await
}

async fn confirm_once(visit: Visit, form: Form) -> Result<Response, Failed> {
    once(&visit, ("confirm", ""), &form, async || {
        let engine = &visit.app.engine;
        let confirmed = engine
            .confirm_second_factor(visit.actor(), form.get("code"))
            .await;
        match confirmed {
            Ok(codes) => shown_once(&visit, &codes).await,
            Err(EngineError::Fields(errors)) => {
                let fault = errors.first().map(|error| sentence(&error.detail));
                let html = factor_page(&visit, fault).await?;
                Ok(Made {
                    status: StatusCode::UNPROCESSABLE_ENTITY,
                    html: html.ok_or(Failed::NoForm)?,
                    is_done: false,
                })
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

async fn shown_once(visit: &Visit, codes: &[Secret<String>]) -> Result<Made, Failed> {
    let t = visit.t();
    let page = FactorPage {
        frame: visit
            .frame(Here::Account, t.say("factor.codes_title"))
            .await?,
        t,
        form_id: String::new(),
        picture: Markup::default(),
        secret: String::new(),
        fault: None,
        codes: codes.iter().map(|code| code.expose().clone()).collect(),
    };
    Ok(Made {
        status: StatusCode::OK,
        html: page.render()?,
        is_done: true,
    })
}

/// `POST /console/account/second-factor/codes`
async fn new_codes(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = visit.app.engine.clone();
    engine.to_the_end(new_codes_once(visit, form)).await
}

async fn new_codes_once(visit: Visit, form: Form) -> Result<Response, Failed> {
    once(&visit, ("codes", ""), &form, async || {
        let engine = &visit.app.engine;
        let renewed = engine
            .renew_recovery_codes(visit.actor(), form.get("code"), &visit.visitor)
            .await;
        match renewed {
            Ok(codes) => shown_once(&visit, &codes).await,
            Err(error) => {
                let (status, faults) = wrong_code(&visit, error)?;
                Ok(Made {
                    status,
                    html: html(&visit, faults).await?,
                    is_done: false,
                })
            }
        }
    })
    .await
}

/// `POST /console/account/second-factor/remove`
async fn remove_factor(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let removed = engine
        .remove_own_second_factor(visit.actor(), form.get("code"), &visit.visitor)
        .await;
    match removed {
        Ok(()) => Ok(done("factor_removed")),
        Err(error) => {
            let (status, faults) = wrong_code(&visit, error)?;
            page(&visit, faults, status).await
        }
    }
}

fn wrong_code(visit: &Visit, error: EngineError) -> Result<(StatusCode, Faults), Failed> {
    let (status, fault) = match error {
        EngineError::Fields(errors) => {
            let fault = errors.first().map(|error| sentence(&error.detail));
            (StatusCode::UNPROCESSABLE_ENTITY, fault.unwrap_or_default())
        }
        EngineError::WrongCode { left } if left > 0 => (
            StatusCode::UNPROCESSABLE_ENTITY,
            visit.t().count("door.wrong_code", u64::from(left)),
        ),
        error => refusal(visit.t(), error)?,
    };
    let faults = Faults {
        code: Some(fault),
        ..Faults::default()
    };
    Ok((status, faults))
}
