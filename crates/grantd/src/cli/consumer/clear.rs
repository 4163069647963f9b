//! Settings of a consumer that are brought back to their default.

use serde_json::{Map, Value};

use crate::cli::members::set;
use crate::failure::Failure;
use crate::nearest::suggestion;

/// What can be cleared: members, and members of `rejected` and `limits`.
const CLEARABLE: [&str; 20] = [
    "addresses",
    "burst",
    "ca_bundle",
    "callers",
    "concurrent",
    "description",
    "headers",
    "hosts",
    "http",
    "labels",
    "methods",
    "paths",
    "rejected",
    "remove_headers",
    "replay_bytes",
    "requests_per_second",
    "scope",
    "timeouts",
    "token_header",
    "token_prefix",
];

/// The name of a setting that can be cleared.
///
/// # Errors
/// Names the nearest, or all.
pub(super) fn clearable(text: &str) -> Result<String, String> {
    let name = text.replace('-', "_");
    if CLEARABLE.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(suggestion(&name, CLEARABLE))
    }
}

/// Clears settings in a merge patch.
///
/// # Errors
/// When one is set and cleared at once.
pub(super) fn clear(members: &mut Map<String, Value>, names: &[String]) -> Result<(), Failure> {
    for name in names {
        let is_limit = ["burst", "concurrent", "requests_per_second"].contains(&name.as_str());
        let is_set = if is_limit {
            let kept = members.get("limits").unwrap_or(&Value::Null);
            let is_set = !kept[name.as_str()].is_null();
            set(members, "limits", name, Value::Null);
            is_set
        } else {
            let before = members.insert(name.clone(), Value::Null);
            before.is_some_and(|value| !value.is_null())
        };
        if is_set {
            return Err(Failure::usage(format!(
                "`{name}` can not be set and cleared at once"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_cleared_is_null_in_the_patch() {
        let mut members = Map::new();
        set(&mut members, "limits", "burst", 5);
        let names = ["concurrent", "ca_bundle", "rejected", "rejected"].map(str::to_owned);
        clear(&mut members, &names).unwrap();
        let expected = json!({
            "limits": {"burst": 5, "concurrent": null}, "ca_bundle": null, "rejected": null,
        });
        assert_eq!(Value::Object(members.clone()), expected);
        let twice = clear(&mut members, &["burst".to_owned()]).unwrap_err();
        assert!(twice.to_string().contains("at once"));
        assert_eq!(clearable("ca-bundle").unwrap(), "ca_bundle");
        assert!(clearable("path").unwrap_err().contains("paths"));
        assert!(clearable("base_url").is_err());
    }
}
