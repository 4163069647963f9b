//! Import and export: a document is planned and applied, credentials are imported out of CSV, and everything
//! is exported as a document.
//!
//! Invariant: what was sent here comes back on no page, for secrets may be in it.

mod apply;
mod csv;
mod export;
pub(super) mod kept;
mod plan;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use grantd_engine::EngineError;
use grantd_model::Action;

use super::failed::Failed;
use super::frame::{Frame, Here};
use super::texts::Texts;
use super::visit::Visit;
use crate::app::App;

/// The largest form, in bytes: a CSV file as it grows by being written as a form.
const MOST_FORM_BYTES: usize = 32 * 1024 * 1024;

/// The pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/import", get(show))
        .route("/console/import/plan", post(plan::make))
        .route("/console/import/apply", post(apply::apply))
        .route("/console/import/csv", post(csv::import))
        .route("/console/export", get(export::download))
        .layer(DefaultBodyLimit::max(MOST_FORM_BYTES))
}

/// What is wrong with what was sent, in a line.
struct Wrong {
    /// Which form it was.
    form: &'static str,
    line: Option<u64>,
    detail: String,
}

#[derive(Template)]
#[template(path = "console/import/page.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    wrong: Vec<Wrong>,
}

impl Page<'_> {
    fn wrong_in(&self, form: &str) -> Vec<&Wrong> {
        self.wrong.iter().filter(|it| it.form == form).collect()
    }
}

async fn page(visit: &Visit, wrong: Vec<Wrong>, status: StatusCode) -> Result<Response, Failed> {
    let t = visit.t();
    let page = Page {
        frame: visit
            .frame(Here::GlobalSettings, t.say("import.title"))
            .await?,
        t,
        wrong,
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// `GET /console/import`
async fn show(visit: Visit) -> Result<Response, Failed> {
    page(&visit, Vec::new(), StatusCode::OK).await
}

/// Somebody who may change something. Stands before the form, of which nothing is read for anybody else.
struct Manager(Visit);

impl FromRequestParts<App> for Manager {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failed> {
        let visit = Visit::from_request_parts(parts, app).await?;
        if visit.manages() {
            return Ok(Self(visit));
        }
        let forbidden = EngineError::Forbidden {
            action: Action::Manage,
            on: String::new(),
        };
        Err(forbidden.into())
    }
}
