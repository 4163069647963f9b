//! The plan of a document: what would become of what, before it is applied.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{MemberChange, Plan, PlanOutcome, ThingKind};
use grantd_model::{Notice, Secret};
use serde_json::{Map, Value};

use super::kept::Typed;
use super::{Manager, Wrong};
use crate::api::plans::representation::{SummaryOut, placed, summary};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::document::{self, Document};
use crate::document_text::{DocumentText, TextForm};

/// What becomes of a thing, as it is shown.
pub(super) struct Item {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) action: &'static str,
    pub(super) icon: &'static str,
    pub(super) changes: Vec<MemberChange>,
    /// The line in the document, and what is wrong there.
    pub(super) faults: Vec<(usize, String)>,
}

#[derive(Template)]
#[template(path = "console/import/plan.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    items: Vec<Item>,
    summary: SummaryOut,
    warnings: Vec<Notice>,
    digest: String,
    /// What changed since it was shown before.
    outdated: Option<String>,
    can_be_applied: bool,
}

/// `POST /console/import/plan`
pub(super) async fn make(Manager(visit): Manager, form: Form) -> Result<Response, Failed> {
    let typed = Typed {
        document: Secret::from(form.get("document")),
        form: if form.get("document").trim_start().starts_with('{') {
            TextForm::Json
        } else {
            TextForm::Toml
        },
        variables: Secret::from(form.get("variables")),
    };
    drop(form);
    planned(&visit, typed, None).await
}

/// The page of a plan, whose document is kept until it is applied.
pub(super) async fn planned(
    visit: &Visit,
    typed: Typed,
    outdated: Option<String>,
) -> Result<Response, Failed> {
    let (text, document) = match read(&typed) {
        Ok(read) => read,
        Err(wrong) => {
            return super::page(visit, wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let plan = visit
        .app
        .engine
        .plan(visit.actor(), document.things)
        .await?;
    let can_be_applied = !plan.is_refused() && plan.changes_something();
    if can_be_applied {
        let plans = &visit.app.console.plans;
        plans.put(visit.person.session.id, visit.now, typed, plan.basis());
    }
    let t = visit.t();
    let page = Page {
        frame: visit
            .frame(Here::GlobalSettings, t.say("import.plan_title"))
            .await?,
        t,
        items: items(&plan, Some(&text)),
        summary: summary(&plan),
        warnings: document.warnings,
        digest: plan.digest.clone(),
        outdated,
        can_be_applied,
    };
    let status = if plan.is_refused() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// Reads what was sent.
pub(super) fn read(typed: &Typed) -> Result<(DocumentText, Document), Vec<Wrong>> {
    let wrong = |form, line: usize, detail: String| {
        vec![Wrong {
            form,
            line: Some(line as u64),
            detail,
        }]
    };
    let parse = |form: &'static str, text: &Secret<String>, written: TextForm| {
        DocumentText::read(text.expose(), written)
            .map_err(|fault| wrong(form, fault.line, fault.detail))
    };
    let text = parse("document", &typed.document, typed.form)?;
    let is_json = typed.variables.expose().trim_start().starts_with('{');
    let written = if is_json {
        TextForm::Json
    } else {
        TextForm::Toml
    };
    let mut variables = parse("variables", &typed.variables, written)?;
    let values: Map<String, Value> = match variables.document.take() {
        Value::Object(values) => values,
        _ => Map::new(),
    };
    let read = document::read(text.document.clone(), values);
    let document = read.map_err(|problem| {
        let faults = problem.into_faults().into_iter();
        faults
            .map(|fault| match fault.pointer.strip_prefix("/variables") {
                Some(place) => Wrong {
                    form: "variables",
                    line: Some(variables.line(place) as u64),
                    detail: fault.detail,
                },
                None => Wrong {
                    form: "document",
                    line: Some(line(&text, &fault.pointer) as u64),
                    detail: fault.detail,
                },
            })
            .collect::<Vec<_>>()
    })?;
    Ok((text, document))
}

fn line(text: &DocumentText, pointer: &str) -> usize {
    text.line(pointer.strip_prefix(document::PLACE).unwrap_or_default())
}

/// Each thing as it is shown; what stays as it is comes last.
pub(super) fn items(plan: &Plan, text: Option<&DocumentText>) -> Vec<Item> {
    let mut items: Vec<Item> = plan
        .items
        .iter()
        .map(|item| {
            let (action, icon) = match &item.outcome {
                PlanOutcome::Create(_) => ("import.create", "plus"),
                PlanOutcome::Update(_) => ("import.update", "edit"),
                PlanOutcome::Unchanged => ("import.unchanged", "ok"),
                PlanOutcome::Refused(_) => ("import.refused", "bad"),
            };
            let faults = placed(item).into_iter().map(|fault| {
                let at = text.map_or(1, |text| line(text, &fault.pointer));
                let place = format!("{}/{}", document::PLACE, item.place());
                let member = fault.pointer.strip_prefix(&place).unwrap_or_default();
                let member = member.trim_start_matches('/').replace('/', ".");
                let detail = if member.is_empty() {
                    fault.detail
                } else {
                    format!("{member}: {}", fault.detail)
                };
                (at, detail)
            });
            Item {
                kind: match item.kind {
                    ThingKind::Source => "import.source",
                    ThingKind::Credential => "import.credential",
                    ThingKind::Listener => "import.listener",
                },
                name: item.name.clone(),
                action,
                icon,
                changes: match &item.outcome {
                    PlanOutcome::Create(changes) | PlanOutcome::Update(changes) => changes.clone(),
                    PlanOutcome::Unchanged | PlanOutcome::Refused(_) => Vec::new(),
                },
                faults: faults.collect(),
            }
        })
        .collect();
    items.sort_by_key(|item| match item.action {
        "import.refused" => 0,
        "import.unchanged" => 2,
        _ => 1,
    });
    items
}
