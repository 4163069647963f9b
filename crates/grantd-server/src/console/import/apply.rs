//! Applies the plan that was shown.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::EngineError;

use super::plan::{Item, items, planned, read};
use super::{Manager, Wrong, page};
use crate::api::plans::representation::{SummaryOut, summary};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::texts::Texts;

#[derive(Template)]
#[template(path = "console/import/applied.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    items: Vec<Item>,
    summary: SummaryOut,
}

/// `POST /console/import/apply`
pub(super) async fn apply(Manager(visit): Manager, form: Form) -> Result<Response, Failed> {
    let console = &visit.app.console;
    let session = visit.person.session.id;
    let kept = console.plans.take(session, visit.now, form.get("digest"));
    let Some(kept) = kept else {
        let wrong = Wrong {
            form: "document",
            line: None,
            detail: visit.t().say("import.not_kept").to_owned(),
        };
        return page(&visit, vec![wrong], StatusCode::CONFLICT).await;
    };
    let (text, document) = match read(&kept.typed) {
        Ok(read) => read,
        Err(wrong) => return page(&visit, wrong, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let engine = &visit.app.engine;
    let applied = engine
        .apply_plan(visit.actor(), document.things, &kept.basis)
        .await;
    match applied {
        Ok(plan) => {
            console.forget_counts();
            let t = visit.t();
            let page = Page {
                frame: visit
                    .frame(Here::GlobalSettings, t.say("import.applied_title"))
                    .await?,
                t,
                items: items(&plan, Some(&text)),
                summary: summary(&plan),
            };
            Ok(Html(page.render()?).into_response())
        }
        Err(EngineError::PlanOutdated(changed)) => planned(&visit, kept.typed, Some(changed)).await,
        Err(error) => Err(error.into()),
    }
}
