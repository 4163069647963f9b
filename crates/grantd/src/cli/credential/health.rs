//! The health of a credential in words.

use serde_json::Value;

use crate::cli::listing::{seconds, text};

/// In a few words, for a list.
pub(super) fn short(credential: &Value) -> String {
    let health = &credential["health"];
    let state = match health["state"].as_str() {
        Some("failing") => format!("failing: {}", text(&health["failing"]["class"])),
        Some(state) => state.replace('_', " "),
        None if credential["enabled"] == false => "disabled".to_owned(),
        None => "unknown".to_owned(),
    };
    match expiry(health) {
        Some(expiry) => format!("{state}, {expiry}"),
        None => state,
    }
}

/// Line by line: the state, what is wrong, what to do, and whether the secret ends soon.
pub(super) fn lines(health: &Value) -> Vec<String> {
    let state = text(&health["state"]).replace('_', " ");
    let failing = &health["failing"];
    let mut lines = Vec::new();
    if failing.is_object() {
        let times = match failing["times"].as_u64() {
            Some(1) | None => String::new(),
            Some(times) => format!(
                ", {times} times in a row, last {}",
                seconds(&failing["last_at"])
            ),
        };
        lines.push(format!(
            "{state} since {}{times}: {}",
            seconds(&failing["since"]),
            text(&failing["class"])
        ));
        lines.push(text(&failing["detail"]));
        if failing["remedy"].is_string() {
            lines.push(format!("what to do: {}", text(&failing["remedy"])));
        }
    } else {
        lines.push(state);
    }
    if health["valid_at"].is_string() {
        lines.push(format!("last token {}", seconds(&health["valid_at"])));
    }
    lines.extend(expiry(health));
    lines
}

fn expiry(health: &Value) -> Option<String> {
    Some(match health["secret_expires_in_days"].as_u64()? {
        0 => "secret has expired or expires within a day".to_owned(),
        days => format!("secret expires in {days} d"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_state_is_told_in_words() {
        for (credential, expected) in [
            (json!({"health": {"state": "valid"}}), "valid"),
            (
                json!({"health": {"state": "never_validated", "secret_expires_in_days": 12}}),
                "never validated, secret expires in 12 d",
            ),
            (
                json!({"health": {"state": "valid", "secret_expires_in_days": 0}}),
                "valid, secret has expired or expires within a day",
            ),
            (
                json!({"health": {"state": "failing", "failing": {"class": "invalid_client"}}}),
                "failing: invalid_client",
            ),
            (json!({"health": {"state": "disabled"}}), "disabled"),
            (json!({"enabled": false}), "disabled"),
            (json!({"enabled": true}), "unknown"),
        ] {
            assert_eq!(short(&credential), expected);
        }
    }

    #[test]
    fn a_failure_is_told_with_its_remedy() {
        let health = json!({
            "state": "failing",
            "valid_at": "2027-01-31T09:00:00.5Z",
            "failing": {
                "since": "2027-01-31T10:00:00.5Z",
                "last_at": "2027-01-31T11:00:00.5Z",
                "times": 3,
                "class": "invalid_client",
                "detail": "the authorization server refused",
                "remedy": "Set the secret.",
            },
        });
        assert_eq!(
            lines(&health),
            [
                "failing since 2027-01-31T10:00:00Z, 3 times in a row, last 2027-01-31T11:00:00Z: \
                 invalid_client",
                "the authorization server refused",
                "what to do: Set the secret.",
                "last token 2027-01-31T09:00:00Z",
            ]
        );
    }
}
