//! A credential as people read it: who and when in words, lists one entry a line.

use serde_json::Value;

use super::health;
use crate::cli::listing::{actor, seconds, text};

/// The document with its inner parts as texts.
pub(super) fn view(document: &Value) -> Value {
    let mut view = document.clone();
    let Some(members) = view.as_object_mut() else {
        return view;
    };
    members.remove("notices");
    if members.get("no_scope") == Some(&Value::Bool(false)) {
        members.remove("no_scope");
    }
    for (name, value) in members.iter_mut() {
        match name.as_str() {
            "created_at" | "updated_at" | "secret_expires_at" => *value = seconds(value).into(),
            "created_by" | "updated_by" => *value = actor(value).into(),
            "health" => *value = health::lines(value).into(),
            "secrets" => each(value, secret),
            "parameters" | "headers" => each(value, parameter),
            _ => {}
        }
    }
    view
}

fn each(list: &mut Value, show: fn(&Value) -> String) {
    for item in list.as_array_mut().into_iter().flatten() {
        *item = show(item).into();
    }
}

fn secret(secret: &Value) -> String {
    let used = match secret["last_used_at"].as_str() {
        Some(_) => format!("last accepted {}", seconds(&secret["last_used_at"])),
        None => "never accepted yet".to_owned(),
    };
    format!(
        "version {}, {}, set {} by {}, {used}",
        secret["version"],
        text(&secret["secret_source"]),
        seconds(&secret["set_at"]),
        actor(&secret["set_by"]),
    )
}

/// An extra parameter or header in a word.
pub(in crate::cli) fn parameter(parameter: &Value) -> String {
    let name = text(&parameter["name"]);
    match parameter["value"].as_str() {
        Some(value) => format!("{name}={value}"),
        None => format!("{name} (secret)"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inner_parts_are_told_in_words() {
        let document = json!({
            "no_scope": false,
            "created_by": {"kind": "key", "id": "key_1", "name": "ci"},
            "updated_by": {"kind": "system"},
            "secrets": [{
                "version": 2, "secret_source": "internal", "set_at": "2026-11-23T22:24:47.5Z",
                "set_by": {"kind": "system"}, "last_used_at": null
            }],
            "headers": [{"name": "x-a", "secret": true}],
            "notices": []
        });
        assert_eq!(
            view(&document),
            json!({
                "created_by": "ci (key_1)",
                "updated_by": "system",
                "secrets": ["version 2, internal, set 2026-11-23T22:24:47Z by system, never accepted yet"],
                "headers": ["x-a (secret)"]
            })
        );
    }
}
