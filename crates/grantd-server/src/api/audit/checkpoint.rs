//! `GET /v1/audit/checkpoint`

use axum::Json;
use axum::extract::State;
use grantd_engine::AuditCheckpoint;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// How far the audit log goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckpointOut {
    /// Which installation it is of.
    installation: String,
    /// The number of the newest entry; 0 if there is none.
    seq: i64,
    /// The MAC of that entry, in hexadecimal.
    mac: String,
    /// When that entry was made; null if there is none.
    at: Option<String>,
    /// When the chain began; null if that is lost.
    begun_at: Option<String>,
}

impl From<&AuditCheckpoint> for CheckpointOut {
    fn from(checkpoint: &AuditCheckpoint) -> Self {
        Self {
            installation: checkpoint.installation.clone(),
            seq: checkpoint.link.seq,
            mac: checkpoint.link.mac.to_string(),
            at: checkpoint.at.map(|at| at.to_string()),
            begun_at: checkpoint.begun_at.map(|at| at.to_string()),
        }
    }
}

/// How far the audit log goes now. Kept where grantd can not change it, it shows later that the log still
/// holds what it held.
#[utoipa::path(
    get, path = "/v1/audit/checkpoint", tag = "audit", operation_id = "get_audit_checkpoint",
    responses(
        (status = 200, description = "The checkpoint", body = CheckpointOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
) -> Result<Json<CheckpointOut>, Problem> {
    let checkpoint = app.engine.audit_checkpoint(&actor).await?;
    Ok(Json((&checkpoint).into()))
}
