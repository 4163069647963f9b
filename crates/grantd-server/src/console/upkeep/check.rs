//! The check of the audit log, alone or against a checkpoint.

use askama::Template;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{AuditCheck, AuditCheckpoint, AuditLink, CheckpointResult, EngineError};
use grantd_model::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, sentence};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

#[derive(Template)]
#[template(path = "console/upkeep/check.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    checkpoint: &'a str,
    fault: Option<&'static str>,
    found: Option<Found>,
}

/// How the log was found.
struct Found {
    is_intact: bool,
    entries: u64,
    before_chain: u64,
    begun: Option<Markup>,
    seq: i64,
    mac: String,
    against: Option<CheckpointResult>,
    faults: Vec<String>,
    more: u64,
}

impl Found {
    fn of(check: &AuditCheck, visit: &Visit) -> Self {
        let told = check.faults.len() as u64;
        Self {
            is_intact: check.is_intact(),
            entries: check.entries,
            before_chain: check.before_chain,
            begun: check.begun_at.map(|at| visit.clock().when(at)),
            seq: check.checkpoint.link.seq,
            mac: check.checkpoint.link.mac.to_string(),
            against: check.against,
            faults: check
                .faults
                .iter()
                .map(|fault| sentence(&fault.to_string()))
                .collect(),
            more: check.faults_number.saturating_sub(told),
        }
    }

    fn is_confirmed(&self) -> bool {
        self.against == Some(CheckpointResult::Confirmed)
    }

    fn is_too_old(&self) -> bool {
        self.against == Some(CheckpointResult::TooOld)
    }
}

async fn page(
    visit: &Visit,
    (checkpoint, fault): (&str, Option<&'static str>),
    found: Option<Found>,
) -> Result<Response, Failed> {
    let t = visit.t();
    let page = Page {
        frame: visit.frame(Here::Activity, t.say("activity.check")).await?,
        t,
        checkpoint,
        fault,
        found,
    };
    Ok(Html(page.render()?).into_response())
}

/// `GET /console/activity/check`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    // whoever may not check is told so before there is a form to fill
    visit.app.engine.audit_checkpoint(visit.actor()).await?;
    page(&visit, ("", None), None).await
}

/// `POST /console/activity/check`
pub(super) async fn check(visit: Visit, form: Form) -> Result<Response, Failed> {
    let text = form.get("checkpoint").trim();
    let Ok(against) = read(text) else {
        visit.app.engine.audit_checkpoint(visit.actor()).await?;
        let fault = Some("activity.no_checkpoint");
        return page(&visit, (text, fault), None).await;
    };
    let engine = &visit.app.engine;
    let check = match engine.check_audit(visit.actor(), against).await {
        Err(EngineError::Fields(_)) => {
            let fault = Some("activity.other_installation");
            return page(&visit, (text, fault), None).await;
        }
        check => check?,
    };
    let found = Found::of(&check, &visit);
    page(&visit, (text, None), Some(found)).await
}

fn read(text: &str) -> Result<Option<AuditCheckpoint>, ()> {
    /// What was downloaded here, or the first line of a backup.
    #[derive(Deserialize)]
    struct Written {
        installation: String,
        #[serde(alias = "audit_seq")]
        seq: i64,
        #[serde(alias = "audit_mac")]
        mac: String,
        #[serde(alias = "created_at")]
        at: Option<Timestamp>,
        begun_at: Option<Timestamp>,
    }
    if text.is_empty() {
        return Ok(None);
    }
    let written: Written = serde_json::from_str(text).map_err(drop)?;
    Ok(Some(AuditCheckpoint {
        installation: written.installation,
        link: AuditLink {
            seq: written.seq,
            mac: written.mac.parse().map_err(drop)?,
        },
        at: written.at,
        begun_at: written.begun_at,
    }))
}

/// `GET /console/activity/checkpoint`: how far the log goes, to be kept elsewhere.
pub(super) async fn checkpoint(visit: Visit) -> Result<Response, Failed> {
    let checkpoint = visit.app.engine.audit_checkpoint(visit.actor()).await?;
    let seq = checkpoint.link.seq;
    let document = json!({
        "installation": checkpoint.installation,
        "seq": seq,
        "mac": checkpoint.link.mac.to_string(),
        "at": checkpoint.at.map(|at| at.to_string()),
        "begun_at": checkpoint.begun_at.map(|at| at.to_string()),
    });
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"grantd-checkpoint-{seq}.json\""),
        ),
    ];
    Ok((headers, format!("{document}\n")).into_response())
}
