//! `GET /v1/audit/export`

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use grantd_engine::{AuditRow, AuditSpan, Engine, EngineError};
use grantd_model::{Actor, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::authenticate::Caller;
use crate::pieces::{Pieces, Piecewise};
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// The rows that are read at once.
const AT_ONCE: u32 = 500;

/// An entry as it is exported, one on each line.
#[derive(Debug, Serialize)]
struct ExportOut<'a> {
    seq: i64,
    id: &'a str,
    at: String,
    actor: Value,
    action: &'a str,
    object: &'a str,
    object_name: &'a str,
    /// What changed or how it ended, by name.
    detail: Value,
    mac: Option<String>,
}

/// Entries as they are read, a part at a time.
struct Export {
    engine: Engine,
    actor: Arc<Actor>,
    span: AuditSpan,
    /// The number of the entry that was read last; none at the end.
    after: Option<i64>,
}

impl Piecewise for Export {
    async fn next(&mut self) -> Result<Option<Bytes>, EngineError> {
        let mut lines = Vec::new();
        while let Some(after) = self.after {
            let rows = self.engine.audit_rows(&self.actor, after, AT_ONCE).await?;
            self.after = rows.last().map(|row| row.seq);
            for row in rows.iter().filter(|row| self.span.holds(row)) {
                line(row, &mut lines);
            }
            if !lines.is_empty() {
                return Ok(Some(Bytes::from(lines)));
            }
        }
        Ok(None)
    }
}

fn line(row: &AuditRow, out: &mut Vec<u8>) {
    let fields = &row.fields;
    // what was altered so that it is no JSON any more is told as the text that it is
    let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| text.into());
    let entry = ExportOut {
        seq: row.seq,
        id: &fields.id,
        at: Timestamp::from_micros(fields.at).to_string(),
        actor: json(&fields.actor),
        action: &fields.action,
        object: &fields.object,
        object_name: &fields.object_name,
        detail: detail(&fields.detail),
        mac: row.mac.map(|mac| mac.to_string()),
    };
    out.extend(serde_json::to_vec(&entry).unwrap_or_default());
    out.push(b'\n');
}

/// The pairs of a detail as an object, as the list of entries has them.
fn detail(text: &str) -> Value {
    match serde_json::from_str::<Vec<(String, String)>>(text) {
        Ok(pairs) => json!(pairs.into_iter().collect::<BTreeMap<_, _>>()),
        Err(_) => text.into(),
    }
}

/// The audit log as JSON Lines, the oldest entry first, each with its number and its MAC. It is sent as it is
/// read, whatever its length.
#[utoipa::path(
    get, path = "/v1/audit/export", tag = "audit", operation_id = "export_audit",
    params(
        ("from" = Option<String>, Query, description = "From this time on, RFC 3339"),
        ("until" = Option<String>, Query, description = "Before this time, RFC 3339")
    ),
    responses(
        (status = 200, description = "The entries", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn export(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
) -> Result<Response, Problem> {
    let from = query.optional("from", str::parse);
    let until = query.optional("until", str::parse);
    query.finish()?;
    let span = AuditSpan { from, until };
    app.engine.begin_audit_export(&actor, &span).await?;
    let export = Export {
        engine: app.engine,
        actor,
        span,
        after: Some(0),
    };
    let kind = [(CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Pieces::body(export)).into_response())
}
