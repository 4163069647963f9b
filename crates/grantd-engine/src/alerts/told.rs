//! What was done to a channel, in words for the audit log; never a secret.

use std::collections::BTreeMap;

use grantd_model::{AlertChannel, ChannelDraft};

use crate::flat::{self, flatten};

/// What a new channel is about.
pub(super) fn summary(channel: &AlertChannel) -> Vec<(String, String)> {
    let kind = &channel.settings.kind;
    [
        ("name", channel.name.to_string()),
        ("kind", kind.name().to_owned()),
        ("origin", kind.origin().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Each setting that differs, with the value before and the value after.
pub(super) fn differences(before: &AlertChannel, after: &AlertChannel) -> Vec<(String, String)> {
    flat::differences(&described(before), &described(after))
}

/// What people set, each by its place. Some receivers are let in by the query of their URL.
fn described(channel: &AlertChannel) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    let mut draft = ChannelDraft::of(&channel.settings);
    if let Some(webhook) = &mut draft.webhook
        && let Some((bare, _)) = webhook.url.split_once('?')
    {
        webhook.url = format!("{bare}?…");
    }
    if let Ok(document) = serde_json::to_value(draft) {
        flatten(String::new(), &document, &mut flat);
    }
    if let Some(secret) = &channel.secret {
        flat.insert("secret".to_owned(), format!("version {}", secret.version));
    }
    flat
}
