//! Activity: the audit log with filters, and its export.

use askama::Template;
use axum::body::Bytes;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{AuditFilter, EngineError, Listing};
use grantd_model::{AuditAction, AuditEntry, CredentialId, Grant, ObjectId, Timestamp, User};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::access::grant_words;
use super::failed::Failed;
use super::form::Form;
use super::frame::{Frame, Here};
use super::show::{Markup, actor, sentence};
use super::texts::Texts;
use super::visit::Visit;
use crate::csv;
use crate::pieces::{Pieces, Piecewise};

/// The rows of a page.
const ROWS: u32 = 50;

/// The most users that are offered to filter by.
const MOST_USERS: u32 = 200;

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
pub(super) fn line(visit: &Visit, entry: &AuditEntry, there: &BTreeSet<String>) -> Line {
    let t = visit.t();
    let key = format!("action.{}", entry.action.name());
    let object = entry.object.to_string();
    let href = there
        .contains(&object)
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
            .map(|(name, value)| (detail_name(t, name), detail_value(t, name, value)))
            .collect(),
    }
}

fn detail_name(t: &Texts, name: &str) -> String {
    let words = t.find(&format!("detail.{name}"));
    words.unwrap_or(name).to_owned()
}

fn detail_value(t: &Texts, name: &str, value: &str) -> String {
    if name == "grants"
        && let Ok(grants) = serde_json::from_str::<Vec<Grant>>(value)
    {
        let words: Vec<String> = grants.iter().map(|grant| grant_words(t, grant)).collect();
        return words.join("; ");
    }
    let words = t.find(&format!("detail_value.{name}.{value}"));
    words.unwrap_or(value).to_owned()
}

fn actor_id(entry: &AuditEntry) -> Option<String> {
    match &entry.actor {
        grantd_model::ActorRef::Key { id, .. } => Some(id.to_string()),
        grantd_model::ActorRef::User { id, .. } => Some(id.to_string()),
        _ => None,
    }
}

struct Picked {
    value: String,
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
    newest: String,
    is_filtered: bool,
    actors: Vec<Picked>,
    /// What the entries are about, where that was asked for.
    about: Option<String>,
    fault: Option<String>,
}

/// `GET /console/activity`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let t = visit.t();
    let query = &visit.query;
    let engine = &visit.app.engine;
    // whoever may not look is told so, whatever was asked for
    let users = engine.list_users(visit.actor(), MOST_USERS, None).await?;
    let (mut action, mut fault) = (None, None);
    let mut listing = Listing {
        items: Vec::new(),
        next_cursor: None,
    };
    match filter(t, query) {
        Ok(wanted) => {
            let wanted = AuditFilter {
                limit: ROWS,
                cursor: query.some("cursor"),
                ..wanted
            };
            action = wanted.action;
            match engine.list_audit(visit.actor(), &wanted).await {
                Ok(found) => listing = found,
                Err(EngineError::Fields(faults)) => {
                    fault = faults.first().map(|fault| sentence(&fault.detail));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(wrong) => fault = Some(wrong),
    }
    let status = if fault.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let there = there(&visit, &listing.items).await?;
    let about = query.get("object");
    let about_name = listing
        .items
        .iter()
        .find(|entry| entry.object.to_string() == about)
        .map(|entry| entry.object_name.clone());
    let page = Page {
        frame: visit.frame(Here::Activity, t.say("nav.activity")).await?,
        t,
        actions: AuditAction::ALL
            .iter()
            .map(|kind| Picked {
                value: kind.name().to_owned(),
                text: t.say(&format!("action.{}", kind.name())).to_owned(),
                chosen: action == Some(*kind),
            })
            .collect(),
        actors: actors(&visit, query.get("actor"), &users.items, &listing.items),
        lines: listing
            .items
            .iter()
            .map(|entry| line(&visit, entry, &there))
            .collect(),
        next: listing
            .next_cursor
            .map(|cursor| address("/console/activity", query, Some(&cursor))),
        export: address("/console/activity/export", query, None),
        is_first: query.get("cursor").is_empty(),
        newest: address("/console/activity", query, None),
        is_filtered: NAMES.iter().any(|name| !query.get(name).is_empty()),
        about: (!about.is_empty()).then(|| about_name.unwrap_or_else(|| about.to_owned())),
        query,
        fault,
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// The users, and whoever else was asked for, to pick from.
fn actors(visit: &Visit, chosen: &str, users: &[User], entries: &[AuditEntry]) -> Vec<Picked> {
    let mut actors: Vec<Picked> = users
        .iter()
        .map(|user| Picked {
            value: user.id.to_string(),
            text: user.name.to_string(),
            chosen: user.id.to_string() == chosen,
        })
        .collect();
    if !chosen.is_empty() && !actors.iter().any(|it| it.chosen) {
        let mut entries = entries.iter();
        let found = entries.find(|entry| actor_id(entry).as_deref() == Some(chosen));
        actors.push(Picked {
            value: chosen.to_owned(),
            text: match found {
                Some(entry) => format!(
                    "{} ({})",
                    actor(&entry.actor),
                    visit.t().say("credential.by_key")
                ),
                None => chosen.to_owned(),
            },
            chosen: true,
        });
    }
    actors
}

/// The credentials among these that are still there, by id.
pub(super) async fn there(
    visit: &Visit,
    entries: &[AuditEntry],
) -> Result<BTreeSet<String>, Failed> {
    let ids: BTreeSet<CredentialId> = entries
        .iter()
        .filter_map(|entry| entry.object.as_str().parse().ok())
        .collect();
    let ids: Vec<CredentialId> = ids.into_iter().collect();
    let engine = &visit.app.engine;
    let names = engine.credential_names(visit.actor(), &ids).await?;
    Ok(names.keys().map(ToString::to_string).collect())
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

/// What was asked for.
///
/// # Errors
/// What is wrong with it: then nothing is shown, for all would look like what was asked for.
fn filter(t: &Texts, query: &Form) -> Result<AuditFilter, String> {
    let day = |name: &str, next: bool| {
        let Some(text) = query.some(name) else {
            return Ok(None);
        };
        let time = format!("{text}T00:00:00Z").parse::<Timestamp>();
        let time = time.map_err(|_| t.say1("activity.no_day", &text))?;
        let day = std::time::Duration::from_hours(24);
        Ok::<_, String>(Some(if next { time.plus(day) } else { time }))
    };
    let object = |name: &str| match query.some(name) {
        None => Ok(None),
        Some(text) => {
            let id = ObjectId::try_from(text.clone());
            id.map(Some).map_err(|_| t.say1("activity.no_id", text))
        }
    };
    let action = match query.some("action") {
        None => None,
        Some(text) => {
            let action = AuditAction::try_from(text.clone());
            Some(action.map_err(|_| t.say1("activity.no_action", text))?)
        }
    };
    Ok(AuditFilter {
        action,
        actor: object("actor")?,
        object: object("object")?,
        from: day("from", false)?,
        until: day("until", true)?,
        ..AuditFilter::default()
    })
}

/// `GET /console/activity/export`: the same entries as CSV (RFC 4180), as they are read.
pub(super) async fn export(visit: Visit) -> Result<Response, Failed> {
    let filter = filter(visit.t(), &visit.query).map_err(|fault| {
        let fault = grantd_model::Invalid::new("filter", fault);
        Failed::from(EngineError::Fields(vec![fault.at("")]))
    })?;
    let filter = AuditFilter {
        limit: AT_ONCE,
        ..filter
    };
    // whoever may not read it is told so before anything is sent
    let first = visit.app.engine.list_audit(visit.actor(), &filter).await?;
    let export = Export {
        visit: Arc::new(visit),
        filter,
        next: Next::Page(first, true),
    };
    let mut response = Pieces::body(export).into_response();
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

enum Next {
    /// A page that was read, and whether it is the first.
    Page(Listing<AuditEntry>, bool),
    /// Where the next one begins.
    Cursor(String),
    Nothing,
}

/// Rows as they are read, a page at a time.
struct Export {
    visit: Arc<Visit>,
    filter: AuditFilter,
    next: Next,
}

impl Piecewise for Export {
    async fn next(&mut self) -> Result<Option<Bytes>, EngineError> {
        let (listing, is_first) = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::Page(listing, is_first) => (listing, is_first),
            Next::Cursor(cursor) => {
                self.filter.cursor = Some(cursor);
                let engine = &self.visit.app.engine;
                (
                    engine.list_audit(self.visit.actor(), &self.filter).await?,
                    false,
                )
            }
        };
        let rows = rows(&listing.items, is_first);
        if let Some(cursor) = listing.next_cursor {
            self.next = Next::Cursor(cursor);
        }
        Ok(Some(Bytes::from(rows)))
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
            out.push_str(&csv::written(field));
        }
        out.push_str("\r\n");
    }
    out
}
