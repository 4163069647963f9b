//! `GET /v1/audit`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use grantd_engine::AuditFilter;
use grantd_model::{AuditAction, AuditEntry, ObjectId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ActorOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditList {
    /// The entries, newest first.
    items: Vec<AuditOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// What somebody did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditOut {
    /// Names the entry for ever.
    id: String,
    /// When.
    at: String,
    /// Who.
    actor: ActorOut,
    /// What was done.
    #[schema(example = "credential.create")]
    action: &'static str,
    /// The id of what it was done to.
    object: String,
    /// What people called it then.
    object_name: String,
    /// What changed or how it ended; never a secret.
    detail: BTreeMap<String, String>,
}

impl From<AuditEntry> for AuditOut {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at.to_string(),
            actor: (&entry.actor).into(),
            action: entry.action.name(),
            object: entry.object.to_string(),
            object_name: entry.object_name,
            detail: entry.detail.into_iter().collect(),
        }
    }
}

/// The audit log, newest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", operation_id = "list_audit",
    params(
        ("object" = Option<String>, Query, description = "Only about the thing with this id"),
        ("action" = Option<String>, Query, description = "Only of this kind, such as `credential.update`"),
        ("actor" = Option<String>, Query, description = "Only by the key or user with this id"),
        ("from" = Option<String>, Query, description = "From this time on, RFC 3339"),
        ("until" = Option<String>, Query, description = "Before this time, RFC 3339"),
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = AuditList),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    mut query: Query,
) -> Result<Json<AuditList>, Problem> {
    let object = query.optional("object", |text| ObjectId::try_from(text.to_owned()));
    let action = query.optional("action", |text| AuditAction::try_from(text.to_owned()));
    let actor_id = query.optional("actor", |text| ObjectId::try_from(text.to_owned()));
    let from = query.optional("from", str::parse);
    let until = query.optional("until", str::parse);
    let (limit, cursor) = query.page();
    query.finish()?;
    let page = app
        .engine
        .list_audit(
            &actor,
            &AuditFilter {
                object,
                action,
                actor: actor_id,
                from,
                until,
                without_fetches: false,
                limit,
                cursor,
            },
        )
        .await?;
    Ok(Json(AuditList {
        items: page.items.into_iter().map(AuditOut::from).collect(),
        next_cursor: page.next_cursor,
    }))
}
