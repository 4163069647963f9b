//! Documents as flat lists of members, for people to compare.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde_json::Value;

/// The longest value that is repeated.
const MOST: usize = 200;

/// Adds each member of a document by its place; of a long text its digest alone.
pub(crate) fn flatten(place: String, value: &Value, flat: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let inner = if place.is_empty() {
                    name.clone()
                } else {
                    format!("{place}.{name}")
                };
                flatten(inner, value, flat);
            }
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| match item {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            let text = items.collect::<Vec<_>>().join(", ");
            flatten(place, &Value::String(text), flat);
        }
        Value::Null => {}
        Value::String(text) if text.len() > MOST => {
            let digest = digest(&SHA256, text.as_bytes());
            let digest = HEXLOWER.encode(digest.as_ref());
            let begin = digest.get(..12).unwrap_or_default();
            flat.insert(place, format!("SHA-256 {begin}…"));
        }
        Value::String(text) => {
            flat.insert(place, text.clone());
        }
        other => {
            flat.insert(place, other.to_string());
        }
    }
}

/// Each member that differs, with the value before and the value after.
pub(crate) fn differences(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    differ
        .map(|name| {
            let text = |of: &BTreeMap<String, String>| {
                of.get(name)
                    .map_or_else(|| "none".to_owned(), String::clone)
            };
            (name.clone(), format!("{} → {}", text(before), text(after)))
        })
        .collect()
}
