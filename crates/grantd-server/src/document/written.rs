//! What is there as a document, without secrets. What is as it is without being said is left out.

use grantd_engine::{Exported, ExportedListener};
use grantd_model::source::{HttpsDraft, LoginDraft, VaultDraft};
use grantd_model::{Credential, ListenerDraft, SecretValue, Source, SourceDraft};
use serde_json::{Map, Value, json};

use super::{VERSION, placeholders};
use crate::api::credentials::representation::SettingsOut;

/// Members of a credential that need not be said, as they are then.
fn defaults_of_credential() -> Value {
    json!({
        "provider": "generic", "no_scope": false, "connect_timeout_s": 10, "request_timeout_s": 30,
        "basic_encoding": "percent", "secret_source": "external"
    })
}

/// What stands in the place of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// Nothing: where the document is from, they are kept.
    Nothing,
    /// A variable for each, which is expected elsewhere.
    Variables,
}

/// The document of what is there.
pub(crate) fn written(exported: &Exported, left_out: LeftOut) -> Value {
    let mut document = Map::new();
    document.insert("version".to_owned(), VERSION.into());
    let sources = exported.sources.iter();
    let credentials = exported.credentials.iter();
    let listeners = exported.listeners.iter();
    let sections: [(&str, Map<String, Value>); 3] = [
        (
            "sources",
            sources
                .map(|it| (it.name.to_string(), source(it)))
                .collect(),
        ),
        (
            "credentials",
            credentials
                .map(|it| (it.slug.to_string(), credential(it)))
                .collect(),
        ),
        (
            "listeners",
            listeners
                .map(|it| (it.listener.slug.to_string(), listener(it)))
                .collect(),
        ),
    ];
    for (name, section) in sections {
        if !section.is_empty() {
            document.insert(name.to_owned(), Value::Object(section));
        }
    }
    let mut document = Value::Object(document);
    spell_out(&mut document);
    if left_out == LeftOut::Variables {
        placeholders::put(&mut document, exported);
    }
    document
}

/// What would be read as a variable stands for itself.
fn spell_out(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace("${", "$${"),
        Value::Array(items) => items.iter_mut().for_each(spell_out),
        Value::Object(members) => members.values_mut().for_each(spell_out),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn credential(credential: &Credential) -> Value {
    let mut members = json(SettingsOut::new(credential));
    for (list, secret_by_default) in [("parameters", false), ("headers", true)] {
        let entries = members.get_mut(list).and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            // an empty value is one
            without(entry, &json!({"secret": secret_by_default, "value": null}));
        }
    }
    without(&mut members, &defaults_of_credential());
    members
}

fn listener(exported: &ExportedListener) -> Value {
    let mut draft = ListenerDraft::of(&exported.listener.settings);
    if let Some(slug) = &exported.credential {
        draft.credential = slug.to_string();
    }
    let mut members = json(draft);
    without(&mut members, &json(ListenerDraft::default()));
    if exported.listener.paused {
        members["paused"] = true.into();
    }
    members
}

fn source(source: &Source) -> Value {
    let mut members = json(SourceDraft::of(&source.settings));
    let defaults = SourceDraft {
        // what it is, is always said
        kind: String::new(),
        vault: Some(VaultDraft {
            login: LoginDraft::default(),
            ..VaultDraft::default()
        }),
        https: Some(HttpsDraft::default()),
        ..SourceDraft::default()
    };
    without(&mut members, &json(defaults));
    if let Some(SecretValue::External(reference)) = source.secret.as_ref().map(|it| &it.value) {
        members["secret_reference"] = json(reference);
    }
    members
}

/// Takes out what is absent or as it is without being said; that is empty, where no default is named.
fn without(value: &mut Value, defaults: &Value) {
    let Value::Object(members) = value else {
        return;
    };
    members.retain(|name, value| {
        let default = defaults.get(name);
        if let (Value::Object(_), Some(Value::Object(_))) = (&*value, default) {
            without(value, default.unwrap_or(&Value::Null));
        }
        match (&*value, default) {
            (Value::Null, _) => false,
            (Value::Object(members), _) => !members.is_empty(),
            (value, Some(default)) => value != default,
            (value, None) => !is_empty(value),
        }
    });
    for value in members.values_mut() {
        if let Value::Object(inner) = value {
            inner.retain(|_, value| !value.is_null());
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Object(_) | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
