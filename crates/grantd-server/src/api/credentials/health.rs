//! The health of a credential as the API shows it.

use grantd_model::health::Failing;
use grantd_model::{Health, HealthState, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a credential works, as far as its history tells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthOut {
    /// `never_validated`, `valid`, `failing` or `disabled`.
    #[schema(example = "valid")]
    state: &'static str,
    /// When it last gave a token, as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_at: Option<String>,
    /// Why it gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing: Option<FailingOut>,
    /// The whole days that its secret still lasts, if they are fewer than 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_expires_in_days: Option<u64>,
}

/// Why a credential gives no tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailingOut {
    /// Since when.
    since: String,
    /// When it failed last.
    last_at: String,
    /// How often in a row.
    times: u64,
    /// What kind of failure the last one was.
    #[schema(example = "invalid_client")]
    class: String,
    /// What happened.
    detail: String,
    /// What can be done about it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl From<&Health> for HealthOut {
    fn from(health: &Health) -> Self {
        let (state, failing) = match &health.state {
            HealthState::Disabled => ("disabled", None),
            HealthState::NeverValidated => ("never_validated", None),
            HealthState::Valid { .. } => ("valid", None),
            HealthState::Failing(failing) => ("failing", Some(failing)),
        };
        Self {
            state,
            valid_at: health.valid_at.as_ref().map(Timestamp::to_string),
            failing: failing.map(FailingOut::from),
            secret_expires_in_days: health.secret_warning_days(),
        }
    }
}

impl From<&Failing> for FailingOut {
    fn from(failing: &Failing) -> Self {
        Self {
            since: failing.since.to_string(),
            last_at: failing.last_at.to_string(),
            times: failing.times,
            class: failing.class.clone(),
            detail: failing.detail.clone(),
            remedy: failing.remedy.clone(),
        }
    }
}
