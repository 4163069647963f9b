//! What is told, in the JSON form that webhooks get: `type`, `timestamp` and `data`, as Standard Webhooks
//! recommends.

use serde::{Deserialize, Serialize};

use super::{AlertObject, AlertType};
use crate::Timestamp;

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertMessage {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: AlertType,
    /// When it was noticed.
    pub timestamp: Timestamp,
    /// The rest.
    pub data: AlertData,
}

/// What an alert tells; never a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertData {
    /// One line for people.
    pub summary: String,
    /// Whose alert it is.
    pub installation: InstallationTold,
    /// What it is of; absent where it is of many, or a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<AlertedObject>,
    /// Since when it does not work, or did not work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// What kind of failure it is; stable, `snake_case`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What happened, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What can be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// How often in a row it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How often it began to fail since the last alert of this cause without being told.
    #[serde(default)]
    pub untold: u64,
    /// When the secret ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_expires_at: Option<Timestamp>,
    /// How long mail waits, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_s: Option<u64>,
    /// How many mails were given up and wait for somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<u64>,
    /// How many alerts this one stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<u64>,
    /// One line for each of the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summaries: Vec<String>,
}

/// Whose alert it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationTold {
    /// What the operator calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<String>,
    /// Where its console is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What an alert is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertedObject {
    /// What kind of thing.
    pub kind: AlertObject,
    /// Its id; absent for a secret source that the configuration declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its slug; of a secret source its name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Its page in the console, where the address of that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
