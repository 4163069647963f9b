//! Grants as they are typed: `ACTION`, `ACTION:ids:ID,ID`, `ACTION:labels:KEY=VALUE,KEY=VALUE`, and
//! for tokens `;SCOPES` behind.

use serde_json::{Map, Value, json};

use crate::cli::listing::text;

/// What is expected of a grant.
const EXPECTED: &str = "expected is such as `read`, `token:ids:cred_…`, \
    `use:ids:csm_…`, `manage:labels:team=sales` or `token:labels:team=sales;mail.read mail.send`";

/// Reads a grant.
///
/// # Errors
/// Says what is expected.
pub(super) fn parse(typed: &str) -> Result<Value, String> {
    let expected = || EXPECTED.to_owned();
    let (rule, scopes) = match typed.split_once(';') {
        Some((rule, scopes)) => (rule, Some(scopes)),
        None => (typed, None),
    };
    let (action, target) = match rule.split_once(':') {
        Some((action, target)) => (action, Some(target)),
        None => (rule, None),
    };
    if !["read", "token", "use", "manage", "admin"].contains(&action) {
        return Err(expected());
    }
    let on = match target.map(|target| target.split_once(':')) {
        None => json!("all"),
        Some(Some(("ids", ids))) => json!({"ids": ids.split(',').collect::<Vec<_>>()}),
        Some(Some(("labels", pairs))) => {
            let mut labels = Map::new();
            for pair in pairs.split(',') {
                let (key, value) = pair.split_once('=').ok_or_else(expected)?;
                labels.insert(key.to_owned(), json!(value));
            }
            json!({"labels": labels})
        }
        _ => return Err(expected()),
    };
    let mut grant = json!({"action": action, "on": on});
    if let Some(scopes) = scopes {
        grant["scopes"] = json!({"set": scopes});
    }
    Ok(grant)
}

/// A grant of the API, as it would be typed.
pub(super) fn shown(grant: &Value) -> String {
    let mut typed = text(&grant["action"]);
    let on = &grant["on"];
    if let Some(ids) = on["ids"].as_array() {
        let ids: Vec<String> = ids.iter().map(text).collect();
        typed = format!("{typed}:ids:{}", ids.join(","));
    } else if let Some(labels) = on["labels"].as_object() {
        let pairs: Vec<String> = labels
            .iter()
            .map(|(key, value)| format!("{key}={}", text(value)))
            .collect();
        typed = format!("{typed}:labels:{}", pairs.join(","));
    }
    match grant["scopes"]["set"].as_str() {
        Some(scopes) => format!("{typed};{scopes}"),
        None => typed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_and_written_back() {
        for (typed, grant) in [
            ("read", json!({"action": "read", "on": "all"})),
            (
                "use:ids:csm_a",
                json!({"action": "use", "on": {"ids": ["csm_a"]}}),
            ),
            (
                "token:ids:cred_a,cred_b",
                json!({"action": "token", "on": {"ids": ["cred_a", "cred_b"]}}),
            ),
            (
                "token:labels:env=prod,team=sales;a b",
                json!({
                    "action": "token",
                    "on": {"labels": {"team": "sales", "env": "prod"}},
                    "scopes": {"set": "a b"}
                }),
            ),
        ] {
            assert_eq!(parse(typed).unwrap(), grant, "{typed}");
            assert_eq!(shown(&grant), typed);
        }
        for wrong in ["", "write", "read:all", "read:labels:x", "read:slugs:a"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
