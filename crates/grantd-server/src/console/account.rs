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
use super::door::refusal;
use super::failed::Failed;
use super::form::Form;
use super::frame::{Frame, Here};
use super::show::Markup;
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
}

/// `GET /console/account`
async fn show(visit: Visit) -> Result<Response, Failed> {
    page(&visit, Faults::default(), StatusCode::OK).await
}

async fn page(visit: &Visit, faults: Faults, status: StatusCode) -> Result<Response, Failed> {
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
    };
    Ok((status, Html(page.render()?)).into_response())
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
    let session = visit.person.session.id;
    let engine = &visit.app.engine;
    match engine
        .change_own_password(visit.actor(), session, present, new)
        .await
    {
        Ok(()) => Ok(done("password_changed")),
        Err(EngineError::Fields(errors)) => {
            let faults = Faults {
                password: errors.first().map(|error| error.detail.clone()),
                ..Faults::default()
            };
            page(&visit, faults, unprocessable).await
        }
        Err(error) => {
            let (status, fault) = refusal(t, error)?;
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
    factor_page(&visit, None, StatusCode::OK).await
}

async fn factor_page(
    visit: &Visit,
    fault: Option<String>,
    status: StatusCode,
) -> Result<Response, Failed> {
    let t = visit.t();
    let engine = &visit.app.engine;
    let begun = engine
        .unconfirmed_second_factor(visit.actor(), ISSUER)
        .await;
    let Ok(factor) = begun else {
        return Ok(Redirect::to("/console/account").into_response());
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
        picture: qr::draw(factor.uri.expose(), t.say("factor.picture")),
        secret: groups.join(" "),
        fault,
        codes: Vec::new(),
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// `POST /console/account/second-factor/confirm`
async fn confirm_factor(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let confirmed = engine
        .confirm_second_factor(visit.actor(), form.get("code"))
        .await;
    match confirmed {
        Ok(codes) => shown_once(&visit, &codes).await,
        Err(EngineError::Fields(errors)) => {
            let fault = errors.first().map(|error| error.detail.clone());
            factor_page(&visit, fault, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown_once(visit: &Visit, codes: &[Secret<String>]) -> Result<Response, Failed> {
    let t = visit.t();
    let page = FactorPage {
        frame: visit
            .frame(Here::Account, t.say("factor.codes_title"))
            .await?,
        t,
        picture: Markup::default(),
        secret: String::new(),
        fault: None,
        codes: codes.iter().map(|code| code.expose().clone()).collect(),
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /console/account/second-factor/codes`
async fn new_codes(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let renewed = engine
        .renew_recovery_codes(visit.actor(), form.get("code"))
        .await;
    match renewed {
        Ok(codes) => shown_once(&visit, &codes).await,
        Err(error) => wrong_code(&visit, error).await,
    }
}

/// `POST /console/account/second-factor/remove`
async fn remove_factor(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let removed = engine
        .remove_own_second_factor(visit.actor(), form.get("code"))
        .await;
    match removed {
        Ok(()) => Ok(done("factor_removed")),
        Err(error) => wrong_code(&visit, error).await,
    }
}

async fn wrong_code(visit: &Visit, error: EngineError) -> Result<Response, Failed> {
    let EngineError::Fields(errors) = error else {
        return Err(error.into());
    };
    let faults = Faults {
        code: errors.first().map(|error| error.detail.clone()),
        ..Faults::default()
    };
    page(visit, faults, StatusCode::UNPROCESSABLE_ENTITY).await
}
