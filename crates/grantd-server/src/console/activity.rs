//! Activity: the audit log with filters, and its export.

use askama::Template;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{AuditFilter, EngineError, Listing};
use grantd_model::{AuditAction, AuditEntry, ObjectId, Timestamp};
use hyper::body::Frame as BodyFrame;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::failed::Failed;
use super::form::Form;
use super::frame::{Frame, Here};
use super::show::{Markup, actor};
use super::texts::Texts;
use super::visit::Visit;

/// The rows of a page.
const ROWS: u32 = 50;

/// The rows that are read at once for an export.
const AT_ONCE: u32 = 200;

/// An entry as it is shown.
pub(super) struct Line {
    pub(super) at: Markup,
    pub(super) who: String,
    /// The id of a key or user, to filter by.
    pub(super) who_id: Option<String>,
    pub(super) what: String,
    pub(super) object: String,
    /// The page of the thing, where it has one.
    pub(super) href: Option<String>,
    pub(super) object_id: String,
    pub(super) detail: Vec<(String, String)>,
}

/// An entry as it is shown.
pub(super) fn line(visit: &Visit, entry: &AuditEntry) -> Line {
    let t = visit.t();
    let key = format!("action.{}", entry.action.name());
    let object = entry.object.to_string();
    let href = object
        .starts_with("cred_")
        .then(|| format!("/console/credentials/{object}"));
    Line {
        at: visit.clock().when(entry.at),
        who: actor(&entry.actor).to_owned(),
        who_id: actor_id(entry),
        what: t.find(&key).unwrap_or(entry.action.name()).to_owned(),
        object: entry.object_name.clone(),
        href,
        object_id: object,
        detail: entry
            .detail
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

fn actor_id(entry: &AuditEntry) -> Option<String> {
    match &entry.actor {
        grantd_model::ActorRef::Key { id, .. } => Some(id.to_string()),
        grantd_model::ActorRef::User { id, .. } => Some(id.to_string()),
        _ => None,
    }
}

struct Picked {
    value: &'static str,
    text: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "console/activity.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    query: &'a Form,
    actions: Vec<Picked>,
    lines: Vec<Line>,
    next: Option<String>,
    export: String,
    is_first: bool,
    is_filtered: bool,
    narrowed: Vec<(String, String)>,
    fault: Option<String>,
}

/// `GET /console/activity`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let t = visit.t();
    let query = &visit.query;
    let (filter, mut fault) = filter(t, query);
    let filter = AuditFilter {
        limit: ROWS,
        cursor: query.some("cursor"),
        ..filter
    };
    let engine = &visit.app.engine;
    let listing = match engine.list_audit(visit.actor(), &filter).await {
        Ok(listing) => listing,
        Err(EngineError::Fields(faults)) => {
            fault = faults.first().map(|fault| fault.detail.clone());
            Listing {
                items: Vec::new(),
                next_cursor: None,
            }
        }
        Err(error) => return Err(error.into()),
    };
    let page = Page {
        frame: visit.frame(Here::Activity, t.say("nav.activity")).await?,
        t,
        actions: AuditAction::ALL
            .iter()
            .map(|action| Picked {
                value: action.name(),
                text: t.say(&format!("action.{}", action.name())).to_owned(),
                chosen: filter.action == Some(*action),
            })
            .collect(),
        lines: listing
            .items
            .iter()
            .map(|entry| line(&visit, entry))
            .collect(),
        next: listing
            .next_cursor
            .map(|cursor| address("/console/activity", query, Some(&cursor))),
        export: address("/console/activity/export", query, None),
        is_first: query.get("cursor").is_empty(),
        is_filtered: NAMES.iter().any(|name| !query.get(name).is_empty()),
        narrowed: [("actor", "activity.by"), ("object", "activity.about")]
            .into_iter()
            .filter(|(name, _)| !query.get(name).is_empty())
            .map(|(name, key)| (t.say(key).to_owned(), query.get(name).to_owned()))
            .collect(),
        query,
        fault,
    };
    Ok(Html(page.render()?).into_response())
}

const NAMES: [&str; 5] = ["action", "actor", "object", "from", "until"];

fn address(path: &str, query: &Form, cursor: Option<&str>) -> String {
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    for name in NAMES {
        if !query.get(name).is_empty() {
            address.append_pair(name, query.get(name));
        }
    }
    if let Some(cursor) = cursor {
        address.append_pair("cursor", cursor);
    }
    format!("{path}?{}", address.finish())
}

/// What was asked for; what can not be read narrows nothing and is told.
fn filter(t: &Texts, query: &Form) -> (AuditFilter, Option<String>) {
    let mut fault = None;
    let mut day = |name: &str, next: bool| {
        let text = query.some(name)?;
        let time = format!("{text}T00:00:00Z").parse::<Timestamp>();
        if time.is_err() {
            fault = Some(t.say1("activity.no_day", &text));
        }
        let time = time.ok()?;
        Some(if next {
            time.plus(std::time::Duration::from_hours(24))
        } else {
            time
        })
    };
    let (from, until) = (day("from", false), day("until", true));
    let object = |name: &str| ObjectId::try_from(query.some(name)?).ok();
    let filter = AuditFilter {
        action: query
            .some("action")
            .and_then(|text| AuditAction::try_from(text).ok()),
        actor: object("actor"),
        object: object("object"),
        from,
        until,
        ..AuditFilter::default()
    };
    (filter, fault)
}

/// `GET /console/activity/export`: the same entries as CSV (RFC 4180), as they are read.
pub(super) async fn export(visit: Visit) -> Result<Response, Failed> {
    let (filter, _) = filter(visit.t(), &visit.query);
    let filter = AuditFilter {
        limit: AT_ONCE,
        ..filter
    };
    // whoever may not read it is told so before anything is sent
    let first = visit.app.engine.list_audit(visit.actor(), &filter).await?;
    let body = Export {
        visit: Arc::new(visit),
        filter,
        state: State::Ready(first, true),
    };
    let mut response = Body::new(body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"grantd-activity.csv\""),
    );
    Ok(response)
}

type Read = Pin<Box<dyn Future<Output = Result<Listing<AuditEntry>, EngineError>> + Send>>;

enum State {
    Ready(Listing<AuditEntry>, bool),
    Reading(Read),
    Done,
}

/// Rows as they are read, a page at a time.
struct Export {
    visit: Arc<Visit>,
    filter: AuditFilter,
    state: State,
}

impl HttpBody for Export {
    type Data = Bytes;
    type Error = EngineError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame<Bytes>, EngineError>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Ready(listing, is_first) => {
                    let rows = rows(&listing.items, is_first);
                    if let Some(cursor) = listing.next_cursor {
                        let filter = AuditFilter {
                            cursor: Some(cursor),
                            ..self.filter.clone()
                        };
                        let visit = Arc::clone(&self.visit);
                        self.state = State::Reading(Box::pin(async move {
                            let engine = &visit.app.engine;
                            engine.list_audit(visit.actor(), &filter).await
                        }));
                    }
                    return Poll::Ready(Some(Ok(BodyFrame::data(Bytes::from(rows)))));
                }
                State::Reading(mut read) => match read.as_mut().poll(context) {
                    Poll::Ready(Ok(listing)) => self.state = State::Ready(listing, false),
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Pending => {
                        self.state = State::Reading(read);
                        return Poll::Pending;
                    }
                },
            }
        }
    }
}

fn rows(entries: &[AuditEntry], with_head: bool) -> String {
    let mut out = String::new();
    if with_head {
        out.push_str("id,at,actor,actor_id,action,object,object_name,detail\r\n");
    }
    for entry in entries {
        let detail: Vec<String> = entry
            .detail
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let fields = [
            entry.id.to_string(),
            entry.at.to_string(),
            actor(&entry.actor).to_owned(),
            actor_id(entry).unwrap_or_default(),
            entry.action.name().to_owned(),
            entry.object.to_string(),
            entry.object_name.clone(),
            detail.join("; "),
        ];
        for (position, field) in fields.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            out.push_str(&quoted(field));
        }
        out.push_str("\r\n");
    }
    out
}

/// A field of CSV. One that a spreadsheet would take for a formula is marked as text.
fn quoted(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_survive_and_are_no_formulas() {
        for (text, field) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("@x", "'@x"),
        ] {
            assert_eq!(quoted(text), field);
        }
    }
}
