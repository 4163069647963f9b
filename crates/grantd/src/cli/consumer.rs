//! `grantd consumer`.

mod add;
mod clear;
mod delete;
mod enable;
mod list;
mod places;
mod settings;
mod show;
mod test;
mod update;

use clap::Subcommand;
use serde_json::Value;

use super::Context;
use super::credential::people::parameter;
use super::listing::{actor, seconds, text};
use crate::client::{Answer, Call, Client};
use crate::failure::Failure;
use crate::output::record;

/// Reach services outside through grantd: add, try and change HTTP consumers
#[derive(Debug, Subcommand)]
pub(crate) enum Consumer {
    Add(Box<add::Add>),
    Test(Box<test::Test>),
    List(list::List),
    Show(show::Show),
    Update(Box<update::Update>),
    /// Let requests through an HTTP consumer again
    Enable(enable::Enable),
    /// Let no requests through an HTTP consumer
    Disable(enable::Enable),
    Delete(delete::Delete),
}

impl Consumer {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(context),
            Self::Test(test) => test.run(context),
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Update(update) => update.run(context),
            Self::Enable(enable) => enable.run(context, "enable"),
            Self::Disable(disable) => disable.run(context, "disable"),
            Self::Delete(delete) => delete.run(context),
        }
    }
}

/// What the API shows of a consumer and does not take.
const SHOWN_ALONE: [&str; 9] = [
    "id",
    "slug",
    "revision",
    "enabled",
    "standing",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
];

/// The members of a consumer in the order in which people look for them.
const ORDER: [&str; 27] = [
    "name",
    "slug",
    "id",
    "standing",
    "description",
    "labels",
    "credential",
    "scope",
    "base_url",
    "addresses",
    "ca_bundle",
    "http",
    "token_header",
    "token_prefix",
    "headers",
    "remove_headers",
    "cookies",
    "upgrades",
    "hosts",
    "callers",
    "methods",
    "paths",
    "rejected",
    "replay_bytes",
    "timeouts",
    "limits",
    "revision",
];

/// Whether requests are let through, in words.
fn standing(consumer: &Value) -> String {
    text(&consumer["standing"]).replace('_', " ")
}

/// By what a token of no use is known, in words.
fn rejected(rule: &Value) -> String {
    let statuses = rule["statuses"].as_array().into_iter().flatten();
    let statuses: Vec<String> = statuses.map(text).collect();
    let mut told = vec![statuses.join(", ")];
    if let Some(name) = rule["header"]["name"].as_str() {
        let held = text(&rule["header"]["contains"]);
        told.push(format!("{name} holds `{held}`"));
    }
    if let Some(held) = rule["body"].as_str() {
        told.push(format!("the body holds `{held}`"));
    }
    told.join("; ")
}

/// The consumer as people read one.
fn shown(consumer: &Value) -> String {
    let mut shown = consumer.clone();
    if let Some(members) = shown.as_object_mut() {
        // the standing says it
        members.remove("enabled");
    }
    shown["standing"] = standing(consumer).into();
    for header in shown["headers"].as_array_mut().into_iter().flatten() {
        *header = parameter(header).into();
    }
    shown["rejected"] = rejected(&consumer["rejected"]).into();
    for time in ["created_at", "updated_at"] {
        shown[time] = seconds(&consumer[time]).into();
    }
    for who in ["created_by", "updated_by"] {
        shown[who] = actor(&consumer[who]).into();
    }
    record(&shown, &ORDER)
}

/// The `ETag` of the revision that is meant: the one that was named, else the current one.
async fn etag(client: &Client, consumer: &str, named: Option<u64>) -> Result<String, Failure> {
    if let Some(revision) = named {
        return Ok(format!("\"r{revision}\""));
    }
    let path = ["consumers", consumer];
    let Answer { etag, .. } = client.send(Call::new(http::Method::GET, &path)).await?;
    etag.ok_or_else(|| Failure::refused("the answer of grantd holds no ETag"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_consumer_is_told_in_lines() {
        insta::assert_snapshot!(shown(&json!({
            "id": "csm_1", "slug": "crm", "revision": 3, "enabled": true, "standing": "credential_disabled",
            "name": "CRM", "description": "", "labels": {"team": "sales"}, "credential": "cred_1", "scope": "",
            "base_url": "https://api.crm.example/v2", "addresses": [], "http": "negotiated",
            "token_header": "authorization", "token_prefix": "Bearer",
            "headers": [{"name": "x-api-key", "secret": true},
                {"name": "accept", "value": "application/json", "secret": false}],
            "remove_headers": ["x-internal"], "hosts": [], "callers": "api_key",
            "methods": ["GET", "POST"], "paths": ["/customers"], "cookies": false, "upgrades": true,
            "rejected": {"statuses": [401, 403], "header": {"name": "www-authenticate", "contains": "invalid_token"},
                "body": "expired"},
            "replay_bytes": 65536, "timeouts": {"connect_s": 5, "answer_s": 60, "idle_s": 300}, "limits": {},
            "created_at": "2026-11-27T20:00:00.5Z", "created_by": {"kind": "key", "id": "key_1", "name": "ci"},
            "updated_at": "2026-11-27T21:00:00.5Z", "updated_by": {"kind": "system"},
        })));
    }
}
