//! A consumer as it is written down: in the API, in files and in the store.
//!
//! Invariant: what [`ConsumerDraft::of`] writes, [`ConsumerDraft::parse`] reads as the same. The value of a
//! secret header field comes in and is never written; without one, it is the one that is kept.

mod parse;

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::{
    Callers, Consumer, ConsumerLimits, ConsumerTimeouts, HttpChoice, RejectedRule, TokenPlacement,
};
use crate::faults::name_of;
use crate::{Parameter, ParameterValue, Secret};

/// A consumer as people write it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsumerDraft {
    /// What people call it: 1 to 120 characters.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it is sorted and granted by.
    pub labels: BTreeMap<String, String>,
    /// Slug or id of the credential.
    pub credential: String,
    /// A part of the credential's scopes, divided by spaces; all of them if empty.
    pub scope: String,
    /// Where the service is: https, or http on this machine.
    pub base_url: String,
    /// Where it is connected to instead, as `host:port`.
    pub addresses: Vec<String>,
    /// PEM certificates of the only authorities trusted for the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<String>,
    /// `negotiated`, `http1` or `http2`.
    pub http: String,
    /// The header field that the token goes into.
    pub token_header: String,
    /// What stands before the token; empty for the token alone.
    pub token_prefix: String,
    /// Header fields that are set in each request.
    pub headers: Vec<HeaderDraft>,
    /// Header fields of the caller that do not travel on.
    pub remove_headers: Vec<String>,
    /// Names by which it is reached, besides its path.
    pub hosts: Vec<String>,
    /// `api_key` or `loopback`.
    pub callers: String,
    /// The methods that are let through; all if empty.
    pub methods: Vec<String>,
    /// What the path behind the base URL begins with; anything if empty.
    pub paths: Vec<String>,
    /// Whether cookies travel on.
    pub cookies: bool,
    /// Whether connections may be upgraded.
    pub upgrades: bool,
    /// By what a token of no use is known.
    pub rejected: RejectedDraft,
    /// The largest body that is kept to be sent again, in bytes.
    pub replay_bytes: u64,
    /// How long things may take.
    pub timeouts: TimeoutsDraft,
    /// How much may go through.
    pub limits: LimitsDraft,
}

impl Default for ConsumerDraft {
    fn default() -> Self {
        let placement = TokenPlacement::default();
        Self {
            name: String::new(),
            description: String::new(),
            labels: BTreeMap::new(),
            credential: String::new(),
            scope: String::new(),
            base_url: String::new(),
            addresses: Vec::new(),
            ca_bundle: None,
            http: name_of(HttpChoice::default(), &HTTP),
            token_header: placement.field.into(),
            token_prefix: placement.prefix,
            headers: Vec::new(),
            remove_headers: Vec::new(),
            hosts: Vec::new(),
            callers: name_of(Callers::default(), &CALLERS),
            methods: Vec::new(),
            paths: Vec::new(),
            cookies: false,
            upgrades: false,
            rejected: RejectedDraft::default(),
            replay_bytes: 64 * 1024,
            timeouts: TimeoutsDraft::default(),
            limits: LimitsDraft::default(),
        }
    }
}

/// A header field as people write it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderDraft {
    /// Its name.
    pub name: String,
    /// Its value; left out, a secret one stays as it is.
    pub value: Option<Secret<String>>,
    /// Whether the value is sealed and never shown.
    pub secret: bool,
}

impl Default for HeaderDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            value: None,
            secret: true,
        }
    }
}

impl Serialize for HeaderDraft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = self.value.as_ref().filter(|_| !self.secret);
        let members = 2 + usize::from(shown.is_some());
        let mut header = serializer.serialize_struct("HeaderDraft", members)?;
        header.serialize_field("name", &self.name)?;
        match shown {
            Some(value) => header.serialize_field("value", value.expose())?,
            None => header.skip_field("value")?,
        }
        header.serialize_field("secret", &self.secret)?;
        header.end()
    }
}

/// By what a token of no use is known, as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RejectedDraft {
    /// The statuses of the answer.
    pub statuses: Vec<u16>,
    /// A header field of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<RejectedHeaderDraft>,
    /// What the body holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Default for RejectedDraft {
    fn default() -> Self {
        Self::of(&RejectedRule::default())
    }
}

/// A header field of an answer, as people write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RejectedHeaderDraft {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub contains: String,
}

/// How long things may take, as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutsDraft {
    /// Until the connection stands.
    pub connect_s: u64,
    /// From the request until the header of the answer.
    pub answer_s: u64,
    /// Between two pieces of a body.
    pub idle_s: u64,
}

impl Default for TimeoutsDraft {
    fn default() -> Self {
        Self::of(ConsumerTimeouts::default())
    }
}

/// How much may go through, as people write it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsDraft {
    /// Requests each second over a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u64>,
    /// Requests that may come at once beyond that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u64>,
    /// Requests that are under way at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u64>,
}

impl ConsumerDraft {
    /// Writes a consumer down, without what is secret.
    #[must_use]
    pub fn of(consumer: &Consumer) -> Self {
        let settings = &consumer.settings;
        Self {
            name: settings.name.to_string(),
            description: settings.description.clone(),
            labels: settings.labels.written(),
            credential: settings.credential.to_string(),
            scope: settings
                .scope
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            base_url: settings.base_url.to_string(),
            addresses: texts(&settings.addresses),
            ca_bundle: settings.ca_bundle.clone(),
            http: name_of(settings.http, &HTTP),
            token_header: settings.placement.field.to_string(),
            token_prefix: settings.placement.prefix.clone(),
            headers: consumer.fields.iter().map(HeaderDraft::of).collect(),
            remove_headers: texts(&settings.remove_fields),
            hosts: texts(&settings.hosts),
            callers: name_of(settings.callers, &CALLERS),
            methods: texts(&settings.methods),
            paths: texts(&settings.paths),
            cookies: settings.cookies,
            upgrades: settings.upgrades,
            rejected: RejectedDraft::of(&settings.rejected),
            replay_bytes: settings.replay_bytes.into(),
            timeouts: TimeoutsDraft::of(settings.timeouts),
            limits: LimitsDraft::of(settings.limits),
        }
    }
}

impl HeaderDraft {
    fn of(field: &Parameter<ParameterValue>) -> Self {
        let value = match &field.value {
            ParameterValue::Plain(text) => Some(Secret::from(text.as_str())),
            ParameterValue::Secret { .. } => None,
        };
        Self {
            name: field.name.clone(),
            secret: value.is_none(),
            value,
        }
    }
}

impl RejectedDraft {
    fn of(rule: &RejectedRule) -> Self {
        let header = rule.field.as_ref();
        Self {
            statuses: rule.statuses.clone(),
            header: header.map(|(name, contains)| RejectedHeaderDraft {
                name: name.to_string(),
                contains: contains.clone(),
            }),
            body: rule.body.clone(),
        }
    }
}

impl TimeoutsDraft {
    const fn of(timeouts: ConsumerTimeouts) -> Self {
        Self {
            connect_s: timeouts.connect.as_secs(),
            answer_s: timeouts.answer.as_secs(),
            idle_s: timeouts.idle.as_secs(),
        }
    }
}

impl LimitsDraft {
    fn of(limits: ConsumerLimits) -> Self {
        Self {
            requests_per_second: limits.requests_per_second.map(u64::from),
            burst: limits.burst.map(u64::from),
            concurrent: limits.concurrent.map(u64::from),
        }
    }
}

const HTTP: [(&str, HttpChoice); 3] = [
    ("negotiated", HttpChoice::Negotiated),
    ("http1", HttpChoice::Http1),
    ("http2", HttpChoice::Http2),
];
const CALLERS: [(&str, Callers); 2] = [
    ("api_key", Callers::ApiKey),
    ("loopback", Callers::Loopback),
];

fn texts<T: fmt::Display>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
