//! Pages that say why something was not done.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::EngineError;
use grantd_model::ErrorKind;

use super::show::sentence;
use super::texts::Texts;
use super::{ROOT, cookie};
use crate::app::App;
use crate::problem::Problem;

/// Why a page was not shown or a form not done.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Nobody is signed in; the page to come back to.
    NotSignedIn(String),
    /// The session that the browser shows is over; the page to come back to.
    SessionOver(String),
    /// The second factor is awaited; the page to come back to.
    CodeAwaited(String),
    /// Another site's page asked for it.
    OtherSite,
    /// There is no such page.
    NoPage,
    /// Not possible at this address.
    WrongMethod,
    /// What was sent is no form.
    NoForm,
    /// What was sent is too large.
    TooLarge,
    /// The engine did not do it.
    Engine(EngineError),
    /// The page could not be rendered.
    Template,
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<askama::Error> for Failed {
    fn from(_: askama::Error) -> Self {
        Self::Template
    }
}

/// What the page is to say; the layer that knows the texts writes it.
#[derive(Debug, Clone)]
struct Said {
    key: &'static str,
    detail: Option<String>,
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let (status, key, detail) = match self {
            Self::NotSignedIn(next) | Self::SessionOver(next) => {
                return Redirect::to(&format!("/console/sign-in?{}", came_from(&next)))
                    .into_response();
            }
            Self::CodeAwaited(next) => {
                return Redirect::to(&format!("/console/sign-in/code?{}", came_from(&next)))
                    .into_response();
            }
            Self::OtherSite => (StatusCode::FORBIDDEN, "failed.other_site", None),
            Self::NoPage => (StatusCode::NOT_FOUND, "failed.no_page", None),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "failed.wrong_method", None),
            Self::NoForm => (StatusCode::BAD_REQUEST, "failed.no_form", None),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "failed.too_large", None),
            Self::Template => (StatusCode::INTERNAL_SERVER_ERROR, "failed.internal", None),
            Self::Engine(error) => {
                let (status, key) = of_engine(&error);
                let problem = Problem::from(error);
                // the title says it
                let detail = (key != "failed.forbidden").then(|| sentence(&problem.in_words()));
                (status, key, detail)
            }
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Said { key, detail });
        response
    }
}

const fn of_kind(kind: ErrorKind) -> (StatusCode, &'static str) {
    match kind {
        ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "failed.forbidden"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "failed.not_found"),
        ErrorKind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "failed.invalid"),
        ErrorKind::Stale | ErrorKind::Conflict => (StatusCode::CONFLICT, "failed.stale"),
        ErrorKind::TooMany | ErrorKind::RateLimited => {
            (StatusCode::TOO_MANY_REQUESTS, "failed.too_many")
        }
        ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "failed.not_signed_in"),
        ErrorKind::StoreFailed => (StatusCode::SERVICE_UNAVAILABLE, "failed.store"),
        ErrorKind::Internal | ErrorKind::SealBroken => {
            (StatusCode::INTERNAL_SERVER_ERROR, "failed.internal")
        }
        _ => (StatusCode::BAD_GATEWAY, "failed.server"),
    }
}

fn of_engine(error: &EngineError) -> (StatusCode, &'static str) {
    of_kind(error.kind())
}

/// The query that says where to come back to.
pub(super) fn came_from(next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", next);
    query.finish()
}

#[derive(Template)]
#[template(path = "console/failed.html")]
struct Page<'a> {
    t: &'a Texts,
    title: &'a str,
    what: &'a str,
    detail: Option<&'a str>,
    signed_in: bool,
}

/// Writes the page of what failed.
pub(super) async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let signed_in = cookie::session(&app, request.headers()).is_some();
    let mut response = next.run(request).await;
    let said = response.extensions_mut().remove::<Said>();
    // a path that can not be read is answered by the router, in plain text
    let said = match said {
        None if response.status() == StatusCode::BAD_REQUEST => Said {
            key: "failed.no_page",
            detail: None,
        },
        None => return response,
        Some(said) => said,
    };
    let html = page(&app.console.texts, &said, signed_in);
    let mut told = (response.status(), Html(html)).into_response();
    // a session that has just begun is kept all the same
    for cookie in response.headers().get_all(SET_COOKIE) {
        told.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    told
}

fn page(texts: &Texts, said: &Said, signed_in: bool) -> String {
    let page = Page {
        t: texts,
        title: texts.say(said.key),
        what: texts.say(what(said.key)),
        detail: said.detail.as_deref(),
        signed_in,
    };
    page.render().unwrap_or_default()
}

/// The page for a browser that came by a name that is not served.
pub(crate) fn wrong_host(app: &App, host: &str) -> Response {
    let texts = &app.console.texts;
    let said = Said {
        key: "failed.host",
        detail: Some(texts.say2(
            "failed.host_detail",
            host,
            &app.settings.installation.listens_on,
        )),
    };
    let html = page(texts, &said, false);
    (StatusCode::MISDIRECTED_REQUEST, Html(html)).into_response()
}

/// What can be done about it.
fn what(key: &str) -> &'static str {
    match key {
        "failed.other_site" => "failed.other_site_what",
        "failed.forbidden" => "failed.forbidden_what",
        "failed.too_large" => "failed.too_large_what",
        "failed.store" | "failed.internal" => "failed.internal_what",
        "failed.too_many" => "failed.too_many_what",
        "failed.stale" => "failed.stale_what",
        "failed.host" => "failed.host_what",
        _ => "failed.what",
    }
}

/// Nothing is there.
pub(super) async fn unknown_page() -> Failed {
    Failed::NoPage
}

/// Only to be looked at, or only to be sent. Somebody who loads the answer to a form again comes to
/// the page that the form stands on.
pub(super) async fn wrong_method(method: Method, uri: Uri) -> Response {
    let above = uri.path().trim_end_matches('/').rsplit_once('/');
    match (method, above) {
        (Method::GET, Some((above, _))) if above.starts_with("/console") => {
            Redirect::to(if above == "/console" { ROOT } else { above }).into_response()
        }
        _ => Failed::WrongMethod.into_response(),
    }
}

/// A page of the console to come back to; anything else is the overview.
pub(super) fn page_of(next: &str) -> &str {
    let is_page = next.starts_with(ROOT)
        && !next.contains("//")
        && !next.contains('\\')
        && !["/console/sign-in", "/console/sign-out"]
            .iter()
            .any(|door| next.starts_with(door))
        && !next.chars().any(char::is_control);
    if is_page { next } else { ROOT }
}
