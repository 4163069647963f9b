//! A validation in words: a line for each step as it ends, then what is known of the token.

use serde_json::{Map, Value, json};

use crate::cli::listing::{seconds, text};
use crate::client::Event;
use crate::failure::{Failure, one_line};
use crate::output::{self, record};

/// The event of a step that has ended.
const STEP: &str = "step";

/// What is known of the token, in the order in which people look for it.
const ORDER: [&str; 11] = [
    "token type",
    "lifetime",
    "asked scopes",
    "granted scopes",
    "iss",
    "aud",
    "sub",
    "tid",
    "roles",
    "scope",
    "exp",
];

/// The steps that were printed so far.
#[derive(Debug, Default)]
pub(super) struct Steps(usize);

impl Steps {
    /// Prints the step that an event tells of.
    pub(super) fn tell(&mut self, event: &Event) -> Result<(), Failure> {
        if event.name != STEP {
            return Ok(());
        }
        self.0 += 1;
        output::print(&step(&event.data))
    }

    /// Prints the rest: steps that no event told, what is known of the token, what was unusual.
    pub(super) fn conclude(&self, document: &Value) -> Result<(), Failure> {
        let steps = document["steps"].as_array().into_iter().flatten();
        let mut rest: String = steps.skip(self.0).map(step).collect();
        let facts = facts(document);
        if !facts.is_empty() {
            rest.push('\n');
            rest.push_str(&record(&Value::Object(facts), &ORDER));
        }
        output::print(&rest)
    }
}

/// Whether every step was done.
///
/// # Errors
/// Names the step that failed.
pub(super) fn outcome(document: &Value) -> Result<(), Failure> {
    if document["result"] == "done" {
        return Ok(());
    }
    let mut steps = document["steps"].as_array().into_iter().flatten();
    let failed = steps.find(|step| step["outcome"] == "failed");
    Err(Failure::refused(match failed {
        Some(step) => format!("the step `{}` failed", name(step)),
        None => "the answer of grantd does not say that the settings work".to_owned(),
    }))
}

/// One line, and under a failed step what it means and what to do.
fn step(step: &Value) -> String {
    let mark = match step["outcome"].as_str() {
        Some("done") => '✓',
        Some("reused") => '–',
        _ => '✗',
    };
    let ms = step["duration_s"].as_f64().unwrap_or_default() * 1000.0;
    let line = format!(
        "{mark} {:<14}  {ms:>6.0} ms  {}",
        name(step),
        one_line(&text(&step["detail"]))
    );
    let mut lines = format!("{}\n", line.trim_end());
    for (member, words) in [("meaning", "what it means"), ("remedy", "what to do")] {
        if let Some(text) = step[member].as_str() {
            let text = one_line(text);
            lines.extend(["    ", words, ": ", &text, "\n"]);
        }
    }
    lines
}

fn name(step: &Value) -> String {
    let name = text(&step["step"]);
    match name.as_str() {
        "dns" | "tcp" | "tls" => name.to_uppercase(),
        _ => one_line(&name.replace('_', " ")),
    }
}

fn facts(document: &Value) -> Map<String, Value> {
    let mut facts = Map::new();
    let token = &document["token"];
    if token.is_object() {
        let granted = match &token["granted_scope"] {
            Value::Null => json!("not told"),
            granted => granted.clone(),
        };
        let lifetime = format!(
            "{} s, {}",
            token["lifetime_s"],
            match token["lifetime_source"].as_str() {
                Some("expires_in") => "by expires_in",
                Some("jwt_exp") => "by the token's own exp",
                _ => "as nothing is told of it",
            }
        );
        for (name, value) in [
            ("token type", token["token_type"].clone()),
            ("lifetime", json!(lifetime)),
            ("asked scopes", token["asked_scope"].clone()),
            ("granted scopes", granted),
        ] {
            facts.insert(name.to_owned(), value);
        }
        for (name, value) in token["claims"].as_object().into_iter().flatten() {
            let value = match name.as_str() {
                "iat" | "exp" => json!(seconds(value)),
                _ => value.clone(),
            };
            facts.insert(name.clone(), value);
        }
    }
    if document["warnings"].is_array() {
        facts.insert("warnings".to_owned(), document["warnings"].clone());
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_lines_with_what_to_do_under_those_that_failed() {
        let done = json!({"step": "dns", "outcome": "done", "duration_s": 0.0123, "detail": "::1"});
        assert_eq!(step(&done), "✓ DNS                 12 ms  ::1\n");
        let reused = json!({"step": "tls", "outcome": "reused", "duration_s": 0.0, "detail": ""});
        assert_eq!(step(&reused), "– TLS                  0 ms\n");
        let failed = json!({
            "step": "token_response", "outcome": "failed", "duration_s": 1.5,
            "detail": "refused\u{1b}", "meaning": "M.", "remedy": "R.",
        });
        assert_eq!(
            step(&failed),
            "✗ token response    1500 ms  refused\\u{1b}\n    what it means: M.\n    what to do: R.\n"
        );
    }

    #[test]
    fn what_is_known_of_the_token_is_told_and_no_more() {
        let document = json!({
            "result": "done",
            "steps": [],
            "token": {
                "token_type": "Bearer", "lifetime_s": 3599, "lifetime_source": "expires_in",
                "asked_scope": "a b",
                "claims": {
                    "aud": ["x"], "tid": "t", "roles": ["r", "s"], "exp": "2027-01-31T09:00:00.5Z",
                },
            },
            "warnings": ["W"],
        });
        let lines = [
            "token type      Bearer",
            "lifetime        3599 s, by expires_in",
            "asked scopes    a b",
            "granted scopes  not told",
            "aud             x",
            "tid             t",
            "roles           r",
            "                s",
            "exp             2027-01-31T09:00:00Z",
            "warnings        W",
        ];
        let told = record(&Value::Object(facts(&document)), &ORDER);
        assert_eq!(told.lines().collect::<Vec<_>>(), lines);
        assert!(facts(&json!({"steps": []})).is_empty());
    }

    #[test]
    fn an_outcome_that_is_not_told_is_none() {
        for document in [json!({}), json!(null), json!({"result": "failed"})] {
            let fault = outcome(&document).unwrap_err().to_string();
            assert!(fault.contains("does not say"), "{fault}");
        }
    }
}
