//! `GET /v1/keyring`

use axum::Json;
use axum::extract::State;
use grantd_engine::InstallationFacts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// How many damaged values are named.
const MOST_DAMAGED: usize = 100;

/// The keyring that seals what is kept, without its keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyringOut {
    /// Where it is.
    #[schema(example = "keyring.json in the state folder")]
    place: String,
    /// The id of the key that seals.
    key: String,
    /// When that key was made; null where that is not known.
    key_created_at: Option<String>,
    /// How many keys open values.
    keys: usize,
    /// How many values are sealed.
    values: u64,
    /// How many of them are still under an earlier key, and are brought under the one that seals.
    values_left: u64,
    /// How many of these were found not to open: they stay where they are, and their keys can not be forgotten.
    values_damaged: u64,
    /// The first 100 of them.
    damaged: Vec<DamagedValueOut>,
    /// The keys that open and do not seal any more.
    earlier: Vec<EarlierKeyOut>,
}

/// A key that opens and does not seal any more.
#[derive(Debug, Serialize, ToSchema)]
struct EarlierKeyOut {
    /// Its id.
    key: String,
    /// How many values are still under it.
    values: u64,
}

/// A sealed value that does not open.
#[derive(Debug, Serialize, ToSchema)]
struct DamagedValueOut {
    /// What kind of value it is.
    #[schema(example = "credential_secret")]
    kind: &'static str,
    /// The id of what it belongs to; null where that is the installation.
    id: Option<String>,
    /// The version of a credential's secret, or the place of a parameter or header in its list, from 0.
    number: Option<u32>,
}

impl KeyringOut {
    /// The keyring of which this is known.
    pub(crate) fn new(app: &App, facts: InstallationFacts) -> Self {
        Self {
            place: app.settings.installation.keyring.clone(),
            key: facts.key_id,
            key_created_at: facts.key_created_at.map(|at| at.to_string()),
            keys: facts.keys,
            values: facts.values,
            values_left: facts.values_left,
            values_damaged: facts.damaged.len() as u64,
            damaged: facts
                .damaged
                .into_iter()
                .take(MOST_DAMAGED)
                .map(|it| DamagedValueOut {
                    kind: it.kind,
                    id: it.id,
                    number: it.number,
                })
                .collect(),
            earlier: facts
                .earlier
                .into_iter()
                .map(|key| EarlierKeyOut {
                    key: key.id,
                    values: key.values,
                })
                .collect(),
        }
    }
}

/// Which keyring seals what is kept, and how far values have come that are brought under its key.
#[utoipa::path(
    get, path = "/v1/keyring", tag = "installation", operation_id = "get_keyring",
    responses(
        (status = 200, description = "The keyring", body = KeyringOut),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
) -> Result<Json<KeyringOut>, Problem> {
    let facts = app.engine.installation(&actor).await?;
    Ok(Json(KeyringOut::new(&app, facts)))
}
