//! Imports credentials out of CSV, and reports on each row.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{ImportMode, ImportReport, RowOutcome};
use url::form_urlencoded;

use super::{Manager, Wrong};
use crate::api::imports::representation::{faults, outcome};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::number;
use crate::console::texts::Texts;
use crate::csv::{self, credentials};
use crate::problem::Problem;

/// The most rows that are shown; the report that is downloaded has all.
const MOST_SHOWN: usize = 500;

struct Row {
    line: u64,
    name: String,
    slug: Option<String>,
    outcome: &'static str,
    icon: &'static str,
    faults: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "console/import/report.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    rows: Vec<Row>,
    left_out: usize,
    created: String,
    unchanged: String,
    refused: String,
    is_undone: bool,
    /// Why it ended early.
    stopped: Option<String>,
    /// The whole report as CSV, in the address itself.
    download: String,
}

/// `POST /console/import/csv`
pub(super) async fn import(Manager(visit): Manager, form: Form) -> Result<Response, Failed> {
    let read = credentials::read(form.get("csv").as_bytes());
    let skips = form.is_ticked("skip_bad_rows");
    drop(form);
    let rows = match read {
        Ok(rows) => rows,
        Err(fault) => {
            let wrong = Wrong {
                form: "csv",
                line: Some(fault.line),
                detail: fault.detail,
            };
            return super::page(&visit, vec![wrong], StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let mode = if skips {
        ImportMode::SkipBadRows
    } else {
        ImportMode::AllOrNothing
    };
    let engine = &visit.app.engine;
    let mut report = engine
        .import_credentials(visit.actor(), rows, mode, None)
        .await?;
    visit.app.console.forget_counts();
    let stopped = report.stopped.take();
    let t = visit.t();
    let mut rows: Vec<Row> = report
        .rows
        .iter()
        .map(|row| Row {
            line: row.line,
            name: row.name.clone(),
            slug: match &row.outcome {
                RowOutcome::Created(slug) | RowOutcome::Unchanged(slug) => Some(slug.to_string()),
                RowOutcome::Refused(_) | RowOutcome::NotDone(_) => None,
            },
            outcome: match &row.outcome {
                RowOutcome::Created(_) => "import.row_created",
                RowOutcome::Unchanged(_) => "import.row_unchanged",
                RowOutcome::Refused(_) => "import.row_refused",
                RowOutcome::NotDone(_) => "import.row_not_done",
            },
            icon: match &row.outcome {
                RowOutcome::Refused(_) => "bad",
                RowOutcome::NotDone(_) => "info",
                RowOutcome::Created(_) | RowOutcome::Unchanged(_) => "ok",
            },
            faults: faults(&row.outcome)
                .into_iter()
                .map(|fault| (fault.column, fault.detail))
                .collect(),
        })
        .collect();
    rows.sort_by_key(|row| row.icon != "bad");
    let left_out = rows.len().saturating_sub(MOST_SHOWN);
    rows.truncate(MOST_SHOWN);
    let page = Page {
        frame: visit
            .frame(Here::GlobalSettings, t.say("import.report_title"))
            .await?,
        t,
        rows,
        left_out,
        created: number(report.created() as u64),
        unchanged: number(report.unchanged() as u64),
        refused: number(report.refused() as u64),
        is_undone: report.is_undone(),
        stopped: stopped.map(|error| Problem::from(error).in_words()),
        download: download(&report),
    };
    let status = if page.is_undone {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// The report as an address that holds it.
fn download(report: &ImportReport) -> String {
    let mut text = "line,name,outcome,column,detail\r\n".to_owned();
    for row in &report.rows {
        let what = outcome(&row.outcome);
        let head = format!("{},{},{what}", row.line, csv::written(&row.name));
        let head = head.as_str();
        let faults = faults(&row.outcome);
        if faults.is_empty() {
            text.extend([head, ",,\r\n"]);
        }
        for fault in faults {
            let (column, detail) = (csv::written(&fault.column), csv::written(&fault.detail));
            text.extend([head, ",", &column, ",", &detail, "\r\n"]);
        }
    }
    // a space is `+` in forms alone
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    format!(
        "data:text/csv;charset=utf-8,{}",
        encoded.replace('+', "%20")
    )
}
