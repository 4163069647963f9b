//! What was done to a consumer, in words for the audit log; never a secret.

use std::collections::BTreeMap;

use grantd_model::{Consumer, ConsumerDraft};

use crate::credentials::changes::parameters;
use crate::flat::{self, flatten};

/// What a new consumer is about.
pub(super) fn summary(consumer: &Consumer) -> Vec<(String, String)> {
    let draft = ConsumerDraft::of(consumer);
    [
        ("slug", consumer.slug.to_string()),
        ("credential", draft.credential),
        ("base_url", draft.base_url),
        ("hosts", draft.hosts.join(", ")),
        ("callers", draft.callers),
        ("headers", headers(consumer)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .collect()
}

/// Each setting that differs, with the value before and the value after.
pub(super) fn differences(before: &Consumer, after: &Consumer) -> Vec<(String, String)> {
    flat::differences(&described(before), &described(after))
}

/// What people set, each by its place.
fn described(consumer: &Consumer) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    if let Ok(document) = serde_json::to_value(ConsumerDraft::of(consumer)) {
        flatten(String::new(), &document, &mut flat);
    }
    flat.insert("headers".to_owned(), headers(consumer));
    flat
}

fn headers(consumer: &Consumer) -> String {
    parameters(&consumer.fields, |version| format!("version {version}"))
}
