//! A source as the API shows one.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use grantd_engine::{ShownSource, SourceHealth, SourceListed};
use grantd_model::secret_reference::SourceName;
use grantd_model::{Actor, SecretEntry, SecretReference, SecretValue, SourceDraft, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::form::{ReferenceForm, SourceSettingsForm};
use crate::api::ActorOut;
use crate::app::App;
use crate::problem::Problem;

/// A secret source with everything.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceOut {
    /// Names it for ever; null if the configuration declares it.
    id: Option<String>,
    /// What references call it.
    name: String,
    /// `file`, `environment`, `command`, `vault` or `https`.
    kind: &'static str,
    /// Whether the configuration declares it, so that nobody changes it here.
    declared: bool,
    /// Counts updates; the `ETag` is `"r<revision>"`. 0 if the configuration declares it.
    revision: u64,
    /// What people set; null if the configuration declares it.
    #[schema(value_type = Option<SourceSettingsForm>)]
    settings: Option<SourceDraft>,
    /// The paths that it serves.
    paths: Vec<String>,
    /// The origins that its secrets may go to.
    origins: Vec<String>,
    /// What grantd signs in with, without its value.
    secret: Option<SourceSecretOut>,
    /// How it fares.
    health: SourceHealthOut,
    /// The other sources that sign in with a secret of this one.
    needed_by: Vec<String>,
    /// When it was added.
    created_at: Option<String>,
    /// Who added it.
    created_by: Option<ActorOut>,
    /// When it was last changed.
    updated_at: Option<String>,
    /// Who changed it last.
    updated_by: Option<ActorOut>,
}

/// What grantd signs in to a source with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceSecretOut {
    /// Counts the secrets of the source.
    version: u32,
    /// Where it is, unless it is sealed here.
    #[schema(value_type = Option<ReferenceForm>)]
    reference: Option<SecretReference>,
    /// When it was set.
    set_at: String,
    /// By whom.
    set_by: ActorOut,
}

/// How a source fares since grantd was started.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceHealthOut {
    /// `unknown` (it was not asked so far), `working`, `failing`, or `stale` (it fails, and what was read
    /// before is used).
    standing: &'static str,
    /// When it last answered, be it that there is nothing.
    answered_at: Option<String>,
    /// When a secret was last read.
    read_at: Option<String>,
    /// What the source calls the version of the secret that was read last.
    last_version: Option<String>,
    /// Since when it can not be asked.
    failing_since: Option<String>,
    /// Since when it serves what it read before.
    stale_since: Option<String>,
    /// What went wrong last.
    last_fault: Option<SourceFaultOut>,
    /// How many secrets were read.
    reads: u64,
    /// How many secrets are kept for a while.
    kept: usize,
}

/// What went wrong with a source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceFaultOut {
    /// When.
    at: String,
    /// Stable, `snake_case`.
    #[schema(example = "sealed")]
    class: &'static str,
    /// What happened.
    detail: String,
    /// What can be done.
    remedy: String,
}

/// The name of how a source stands.
pub(crate) const fn standing(health: &SourceHealth) -> &'static str {
    if health.stale_since.is_some() {
        "stale"
    } else if health.failing_since.is_some() {
        "failing"
    } else if health.answered_at.is_some() {
        "working"
    } else {
        "unknown"
    }
}

impl From<&SourceHealth> for SourceHealthOut {
    fn from(health: &SourceHealth) -> Self {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Self {
            standing: standing(health),
            answered_at: time(health.answered_at),
            read_at: time(health.read_at),
            last_version: health.last_version.clone(),
            failing_since: time(health.failing_since),
            stale_since: time(health.stale_since),
            last_fault: health.last_fault.as_ref().map(|fault| SourceFaultOut {
                at: fault.at.to_string(),
                class: fault.class,
                detail: fault.detail.clone(),
                remedy: fault.remedy.clone(),
            }),
            reads: health.reads,
            kept: health.kept,
        }
    }
}

impl From<&SecretEntry> for SourceSecretOut {
    fn from(entry: &SecretEntry) -> Self {
        Self {
            version: entry.version,
            reference: match &entry.value {
                SecretValue::Internal(_) => None,
                SecretValue::External(reference) => Some(reference.clone()),
            },
            set_at: entry.set.at.to_string(),
            set_by: (&entry.set.by).into(),
        }
    }
}

impl From<&ShownSource> for SourceOut {
    fn from(shown: &ShownSource) -> Self {
        let source = shown.source.as_ref();
        let SourceListed {
            name,
            kind,
            is_declared,
            health,
        } = &shown.listed;
        Self {
            id: source.map(|it| it.id.to_string()),
            name: name.to_string(),
            kind,
            declared: *is_declared,
            revision: source.map_or(0, |it| it.revision.0),
            settings: source.map(|it| SourceDraft::of(&it.settings)),
            paths: shown.bounds.texts(),
            origins: shown.bounds.origins.texts(),
            secret: source
                .and_then(|it| it.secret.as_ref())
                .map(SourceSecretOut::from),
            health: health.into(),
            needed_by: shown.needed_by.iter().map(ToString::to_string).collect(),
            created_at: source.map(|it| it.created.at.to_string()),
            created_by: source.map(|it| (&it.created.by).into()),
            updated_at: source.map(|it| it.updated.at.to_string()),
            updated_by: source.map(|it| (&it.updated.by).into()),
        }
    }
}

/// The answer that shows a source, with its `ETag`.
pub(super) async fn respond(
    (app, actor): (&App, &Actor),
    status: StatusCode,
    name: &SourceName,
) -> Result<Response, Problem> {
    let shown = app.engine.source(actor, name).await?;
    let out = SourceOut::from(&shown);
    let etag = format!("\"r{}\"", out.revision);
    let mut response = (status, Json(out)).into_response();
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::try_from(format!("/v1/sources/{name}"))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
