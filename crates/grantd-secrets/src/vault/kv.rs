//! The key-value engine, version 1 and 2: paths of requests, and what answers hold.

use grantd_model::source::KvVersion;
use grantd_model::{Secret, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::call::wipe;
use crate::SecretRead;
use crate::percent::path;

/// The path that reads a secret.
pub(super) fn read_path(kv: KvVersion, mount: &str, at: &str, version: Option<&str>) -> String {
    let (mount, at) = (path(mount), path(at));
    match (kv, version) {
        (KvVersion::One, _) => format!("{mount}/{at}"),
        (KvVersion::Two, None) => format!("{mount}/data/{at}"),
        (KvVersion::Two, Some(version)) => format!("{mount}/data/{at}?version={version}"),
    }
}

/// The path that lists what is below another one.
pub(super) fn list_path(kv: KvVersion, mount: &str, below: &str) -> String {
    let mount = path(mount);
    let below = path(below.trim_matches('/'));
    match kv {
        KvVersion::One => format!("{mount}/{below}?list=true"),
        KvVersion::Two => format!("{mount}/metadata/{below}?list=true"),
    }
}

/// What is listed.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) data: Keys,
}

#[derive(Deserialize)]
pub(super) struct Keys {
    pub(super) keys: Vec<String>,
}

#[derive(Deserialize)]
struct First {
    data: Map<String, Value>,
}

#[derive(Deserialize)]
struct Second {
    data: Versioned,
}

#[derive(Deserialize)]
struct Versioned {
    data: Option<Map<String, Value>>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    version: u64,
    #[serde(default)]
    created_time: String,
}

/// An answer to a read.
pub(super) fn parse(kv: KvVersion, answer: Value) -> Option<SecretRead> {
    let (members, version, changed_at) = match kv {
        KvVersion::One => {
            let first: First = serde_json::from_value(answer).ok()?;
            (first.data, None, None)
        }
        KvVersion::Two => {
            let second: Second = serde_json::from_value(answer).ok()?;
            let told = second.data.metadata;
            let changed_at = told.created_time.parse::<Timestamp>().ok();
            (
                second.data.data?,
                Some(told.version.to_string()),
                changed_at,
            )
        }
    };
    let document = Value::Object(members);
    let value = Secret::new(document.to_string());
    wipe(document);
    Some(SecretRead {
        value,
        version,
        changed_at,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_nowhere_else() {
        let two = KvVersion::Two;
        assert_eq!(
            read_path(two, "secret", "a/b c", None),
            "secret/data/a/b%20c"
        );
        assert_eq!(
            read_path(two, "secret", "a?x=1#y", Some("3")),
            "secret/data/a%3Fx%3D1%23y?version=3"
        );
        assert_eq!(read_path(KvVersion::One, "kv", "a", None), "kv/a");
        assert_eq!(
            list_path(two, "secret", "/a/"),
            "secret/metadata/a?list=true"
        );
    }

    #[test]
    fn a_version_comes_with_its_time() {
        let answer = json!({"data": {"data": {"client_secret": "x"}, "metadata": {
            "version": 4, "created_time": "2026-11-26T10:00:00.123456789Z", "destroyed": false}}});
        let read = parse(KvVersion::Two, answer).unwrap();
        assert_eq!(read.version.as_deref(), Some("4"));
        assert!(read.changed_at.is_some());
        assert_eq!(read.value.expose(), "{\"client_secret\":\"x\"}");
        let first = json!({"data": {"client_secret": "x"}, "lease_duration": 2_764_800});
        assert_eq!(parse(KvVersion::One, first).unwrap().version, None);
        assert!(parse(KvVersion::Two, json!({"data": {}})).is_none());
    }
}
