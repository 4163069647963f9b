//! The API, one file for each verb of each resource.

pub(crate) mod alert_channels;
pub(crate) mod audit;
pub(crate) mod backups;
pub(crate) mod consumers;
pub(crate) mod credentials;
pub(crate) mod export;
pub(crate) mod imports;
pub(crate) mod keyring;
pub(crate) mod keys;
pub(crate) mod listeners;
pub(crate) mod merge_patch;
pub(crate) mod plans;
pub(crate) mod sources;
pub(crate) mod users;
pub(crate) mod validations;

use grantd_model::ActorRef;
use serde::Serialize;
use utoipa::ToSchema;

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ActorOut {
    /// grantd itself.
    System,
    /// The holder of an API key.
    Key {
        /// The key.
        id: String,
        /// Its name then.
        name: String,
    },
    /// A person at the console.
    User {
        /// The user.
        id: String,
        /// The user name then.
        name: String,
    },
    /// A program that showed a token of its platform's issuer.
    Workload {
        /// The issuer of its token.
        issuer: String,
        /// The subject of its token.
        subject: String,
    },
}

impl From<&ActorRef> for ActorOut {
    fn from(actor: &ActorRef) -> Self {
        match actor {
            ActorRef::System => Self::System,
            ActorRef::Key { id, name } => Self::Key {
                id: id.to_string(),
                name: name.clone(),
            },
            ActorRef::User { id, name } => Self::User {
                id: id.to_string(),
                name: name.clone(),
            },
            ActorRef::Workload { issuer, subject } => Self::Workload {
                issuer: issuer.clone(),
                subject: subject.clone(),
            },
        }
    }
}
