//! Drafts of credentials: a TOML or JSON file with the members of the API, without secrets.

use std::path::Path;

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::files;

/// Reads a draft: JSON if the name ends in `.json`, else TOML.
///
/// # Errors
/// When it can not be read, or holds a secret.
pub(in crate::cli) fn read(path: &Path) -> Result<Map<String, Value>, Failure> {
    let shown = path.display();
    let wrong = |detail: String| Failure::usage(format!("--from-file: {shown}{detail}"));
    let text = files::read_text(path).map_err(|error| wrong(format!(": {error}")))?;
    let is_json = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    // messages of parsers may repeat a value: only the place is told
    let members = if is_json {
        serde_json::from_str::<Map<String, Value>>(&text).map_err(|error| {
            wrong(format!(
                ":{}: this is no JSON object; column {}",
                error.line(),
                error.column()
            ))
        })?
    } else {
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            let before = text.bytes().take(error.span().map_or(0, |span| span.start));
            let line = before.filter(|byte| *byte == b'\n').count() + 1;
            wrong(format!(":{line}: this is no TOML"))
        })?;
        table
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect()
    };
    refuse_secrets(&members).map_err(|detail| {
        wrong(format!(": {detail}")).with_remedy(
            "A draft holds no secrets, so that it can be kept and shared; give them with \
             --secret-file, --secret-parameter and --secret-header.",
        )
    })?;
    Ok(members)
}

fn refuse_secrets(members: &Map<String, Value>) -> Result<(), String> {
    if members.contains_key("client_secret") {
        return Err("the member `client_secret` is not expected".to_owned());
    }
    for (list, secret_by_default) in [("parameters", false), ("headers", true)] {
        for parameter in members
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let secret = parameter["secret"].as_bool().unwrap_or(secret_by_default);
            if secret && !parameter["value"].is_null() {
                return Err(format!(
                    "a value of a secret entry of `{list}` is not expected"
                ));
            }
        }
    }
    Ok(())
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_text(name: &str, text: &str) -> Result<Map<String, Value>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        files::create_private(&path, text).unwrap();
        read(&path).map_err(|failure| failure.to_string())
    }

    #[test]
    fn both_forms_say_the_same() {
        let toml = "name = \"a\"\nconnect_timeout_s = 5\nsecret_expires_at = 2027-01-31T09:00:00Z\n\
                    resources = [\"urn:a\"]\n[labels]\nteam = \"sales\"\n";
        let json = json!({
            "name": "a", "connect_timeout_s": 5, "secret_expires_at": "2027-01-31T09:00:00Z",
            "resources": ["urn:a"], "labels": {"team": "sales"}
        });
        let from_toml = read_text("draft.toml", toml).unwrap();
        let from_json = read_text("draft.JSON", &json.to_string()).unwrap();
        assert_eq!(Value::Object(from_toml), json);
        assert_eq!(Value::Object(from_json), json);
    }

    #[test]
    fn secrets_are_refused_and_never_repeated() {
        for (name, text) in [
            ("a.toml", "client_secret = \"hunter2\""),
            ("a.json", r#"{"client_secret": "hunter2"}"#),
            (
                "a.json",
                r#"{"headers": [{"name": "x-key", "value": "hunter2"}]}"#,
            ),
            (
                "a.toml",
                "[[parameters]]\nname = \"a\"\nvalue = \"hunter2\"\nsecret = true",
            ),
            ("a.toml", "client_secret = \"hunter2"),
            ("a.json", r#"{"client_secret": "hunter2", }"#),
        ] {
            let fault = read_text(name, text).unwrap_err();
            assert!(!fault.contains("hunter2"), "{fault}");
        }
    }
}
