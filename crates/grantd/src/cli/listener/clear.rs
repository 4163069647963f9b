//! Settings of a listener that are taken away.

use serde_json::{Map, Value};

use crate::cli::members::set;
use crate::failure::Failure;

/// What can be cleared, and where it stands.
const CLEARABLE: [(&str, &[&str]); 11] = [
    ("ca_bundle", &["ca_bundle"]),
    ("category", &["afterwards", "category"]),
    ("content", &["content"]),
    ("delete_to", &["afterwards", "then"]),
    ("description", &["description"]),
    ("endpoint", &["endpoint"]),
    ("failed_to", &["retries", "folder"]),
    ("filters", &["filters"]),
    ("labels", &["labels"]),
    ("move_to", &["afterwards", "then"]),
    ("version", &["version"]),
];

/// The name of a setting that can be cleared.
///
/// # Errors
/// Names all.
pub(super) fn clearable(text: &str) -> Result<String, String> {
    let name = text.replace('-', "_");
    if CLEARABLE.iter().any(|(it, _)| *it == name) {
        return Ok(name);
    }
    let names: Vec<&str> = CLEARABLE.iter().map(|(name, _)| *name).collect();
    Err(format!("one of {} is expected", names.join(", ")))
}

/// Clears settings in a merge patch.
///
/// # Errors
/// When one is set and cleared at once.
pub(super) fn clear(members: &mut Map<String, Value>, names: &[String]) -> Result<(), Failure> {
    for name in names {
        let place = CLEARABLE.iter().find(|(it, _)| it == name);
        let taken = match place.map_or(&[][..], |(_, place)| place) {
            ["afterwards", "then"] => {
                let there = !members.get("afterwards").unwrap_or(&Value::Null)["then"].is_null();
                for part in ["folder", "delete_to"] {
                    set(members, "afterwards", part, Value::Null);
                }
                set(members, "afterwards", "then", "leave");
                there
            }
            [part, inner] => {
                let there = !members.get(*part).unwrap_or(&Value::Null)[*inner].is_null();
                set(members, part, inner, Value::Null);
                there
            }
            [part] => members.insert((*part).to_owned(), Value::Null).is_some(),
            _ => false,
        };
        if taken {
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
        set(&mut members, "afterwards", "mark_read", true);
        let names = ["move_to", "category", "filters"].map(str::to_owned);
        clear(&mut members, &names).unwrap();
        let expected = json!({
            "afterwards": {"mark_read": true, "then": "leave", "folder": null, "delete_to": null,
                "category": null},
            "filters": null,
        });
        assert_eq!(Value::Object(members.clone()), expected);
        set(&mut members, "afterwards", "category", "Blue");
        let twice = clear(&mut members, &["category".to_owned()]).unwrap_err();
        assert!(twice.to_string().contains("at once"));
        assert_eq!(clearable("move-to").unwrap(), "move_to");
        assert!(clearable("mailbox").unwrap_err().contains("ca_bundle"));
    }
}
