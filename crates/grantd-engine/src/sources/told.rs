//! What was done to a source, in words for the audit log; never a secret.

use std::collections::BTreeMap;

use grantd_model::source::SourceKind;
use grantd_model::{SecretValue, Source, SourceDraft};

use crate::flat::{self, flatten};

/// What a new source is about.
pub(super) fn summary(source: &Source) -> Vec<(String, String)> {
    let settings = &source.settings;
    let mut told = vec![
        ("name", source.name.to_string()),
        ("kind", settings.kind.name().to_owned()),
        ("origin", settings.kind.origin().to_string()),
        ("paths", settings.bounds.paths_told()),
        ("origins", settings.bounds.origins.texts().join(", ")),
    ];
    if let SourceKind::Vault(vault) = &settings.kind {
        told.push(("login", vault.login.name().to_owned()));
    }
    told.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Each setting that differs, with the value before and the value after.
pub(super) fn differences(before: &Source, after: &Source) -> Vec<(String, String)> {
    flat::differences(&described(before), &described(after))
}

/// What people set, each by its place.
pub(crate) fn described(source: &Source) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    if let Ok(document) = serde_json::to_value(SourceDraft::of(&source.settings)) {
        flatten(String::new(), &document, &mut flat);
    }
    if let Some(entry) = &source.secret {
        let place = match &entry.value {
            SecretValue::Internal(_) => "sealed".to_owned(),
            SecretValue::External(reference) => {
                format!("{}:{}", reference.source, reference.path)
            }
        };
        let told = format!("version {}, {place}", entry.version);
        flat.insert("secret".to_owned(), told);
    }
    flat
}
