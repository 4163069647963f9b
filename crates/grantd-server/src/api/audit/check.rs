//! `POST /v1/audit/checks`

use axum::Json;
use axum::extract::State;
use grantd_engine::{AuditCheck, AuditCheckpoint, AuditLink, CheckpointResult};
use grantd_model::{Invalid, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checkpoint::CheckpointOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBody;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// What the audit log is checked against.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckForm {
    /// A checkpoint that was kept elsewhere. Without one it is found that an entry was altered or removed, and
    /// not that a whole earlier state was put back.
    #[serde(default)]
    checkpoint: Option<CheckpointForm>,
}

/// A checkpoint, as `GET /v1/audit/checkpoint` answers it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckpointForm {
    /// Which installation it is of.
    installation: String,
    /// The number of the newest entry then.
    #[schema(minimum = 0)]
    seq: i64,
    /// The MAC of that entry, in hexadecimal.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    mac: String,
    /// When that entry was made. With it, one that was removed and is not old enough for that is found.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date-time")]
    at: Option<Timestamp>,
    /// When the chain began. With it, a chain that was begun anew is found.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date-time")]
    begun_at: Option<Timestamp>,
}

/// How the audit log was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckOut {
    /// Whether nothing is wrong.
    intact: bool,
    /// When the chain began; entries from before are not secured by it. Null if that is lost.
    begun_at: Option<String>,
    /// How many entries are from before the chain.
    before_chain: u64,
    /// How many entries were checked.
    entries: u64,
    /// The number of the oldest of them; null if there is none.
    from_seq: Option<i64>,
    /// How far the log goes.
    checkpoint: CheckpointOut,
    /// What the checkpoint that was sent told: `confirmed`, `too_old` if that entry was removed by age
    /// since, or `refuted`. Null if none was sent.
    against: Option<&'static str>,
    /// What is wrong, the first 20.
    faults: Vec<FaultOut>,
    /// How much is wrong.
    fault_count: u64,
}

/// What is wrong with the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultOut {
    /// What kind of fault.
    #[schema(example = "altered")]
    code: &'static str,
    /// In words.
    detail: String,
}

impl From<AuditCheck> for CheckOut {
    fn from(check: AuditCheck) -> Self {
        Self {
            intact: check.is_intact(),
            begun_at: check.begun_at.map(|at| at.to_string()),
            before_chain: check.before_chain,
            entries: check.entries,
            from_seq: check.from,
            checkpoint: (&check.checkpoint).into(),
            against: check.against.map(|result| match result {
                CheckpointResult::Confirmed => "confirmed",
                CheckpointResult::TooOld => "too_old",
                CheckpointResult::Refuted => "refuted",
            }),
            faults: check
                .faults
                .iter()
                .map(|fault| FaultOut {
                    code: fault.code(),
                    detail: fault.to_string(),
                })
                .collect(),
            fault_count: check.faults_number,
        }
    }
}

impl CheckpointForm {
    fn parse(self) -> Result<AuditCheckpoint, Problem> {
        let mac = self.mac.parse();
        let mac =
            mac.map_err(|fault: Invalid| Problem::fields(vec![fault.at("/checkpoint/mac")]))?;
        if self.seq < 0 {
            let fault = Invalid::new("too_small", "a number from 0 on is expected");
            return Err(Problem::fields(vec![fault.at("/checkpoint/seq")]));
        }
        Ok(AuditCheckpoint {
            installation: self.installation,
            link: AuditLink { seq: self.seq, mac },
            at: self.at,
            begun_at: self.begun_at,
        })
    }
}

/// Check the chain of the audit log from its beginning to its end: whether an entry was altered, removed or
/// put in, and with a checkpoint whether the log still holds what it held then.
#[utoipa::path(
    post, path = "/v1/audit/checks", tag = "audit", operation_id = "check_audit", request_body = CheckForm,
    responses(
        (status = 200, description = "How it was found", body = CheckOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn check(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    JsonBody(form): JsonBody<CheckForm>,
) -> Result<Json<CheckOut>, Problem> {
    let against = form.checkpoint.map(CheckpointForm::parse).transpose()?;
    let check = app.engine.check_audit(&actor, against).await?;
    Ok(Json(check.into()))
}
