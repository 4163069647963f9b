//! `grantd key`.

mod create;
mod grant;
mod list;
mod revoke;
mod show;

use clap::Subcommand;
use serde_json::Value;

use super::Context;
use super::listing::{actor, seconds};
use crate::failure::Failure;

/// Make, list, show and revoke API keys
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    Create(create::Create),
    List(list::List),
    Show(show::Show),
    Revoke(revoke::Revoke),
}

impl Key {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(context),
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Revoke(revoke) => revoke.run(context),
        }
    }
}

/// The members of an API key in the order in which people look for them.
const ORDER: [&str; 8] = [
    "key",
    "id",
    "name",
    "grants",
    "expires_at",
    "revoked_at",
    "created_at",
    "created_by",
];

/// The grants of a key in the words of `--grant`.
fn grants(key: &Value) -> String {
    let grants = key["grants"].as_array().into_iter().flatten();
    grants.map(grant::shown).collect::<Vec<_>>().join(", ")
}

/// The key with its grants in the words of `--grant`, to be shown to people.
fn for_people(key: &Value) -> Value {
    let mut key = key.clone();
    for time in ["created_at", "expires_at", "revoked_at"] {
        key[time] = seconds(&key[time]).into();
    }
    key["created_by"] = actor(&key["created_by"]).into();
    key["grants"] = key["grants"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| Value::String(grant::shown(one)))
        .collect();
    key
}

/// How a key stands.
fn state(key: &Value) -> String {
    if key["revoked_at"].is_string() {
        return "revoked".to_owned();
    }
    match key["expires_at"].as_str() {
        Some(time) => format!("until {time}"),
        None => "valid".to_owned(),
    }
}
