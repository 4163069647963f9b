//! `grantd listener test`.

use clap::Args;
use http::Method;
use serde_json::{Map, Value};

use super::settings::{SHOWN_ALONE, Settings, in_words_of_the_command};
use crate::cli::listing::{seconds, text};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::{Failure, one_line};

/// Try the connection of an email listener step by step
///
/// Nothing is delivered, and nothing in the mailbox is changed. Without a listener the settings are
/// those of the flags alone; with one, flags go over its settings.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Slug or id of a listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Test {
    /// Tries it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let flags = self.settings.members()?;
        let mut members = match &self.listener {
            Some(listener) => {
                let answer = context.call(Call::new(Method::GET, &["listeners", listener]))?;
                let mut members = answer.document.as_object().cloned().unwrap_or_default();
                for name in SHOWN_ALONE {
                    members.remove(name);
                }
                members
            }
            None => Map::new(),
        };
        for (name, value) in flags {
            match (members.get_mut(&name), value) {
                (Some(Value::Object(kept)), Value::Object(new)) => kept.extend(new),
                (_, value) => {
                    members.insert(name, value);
                }
            }
        }
        if members.get("name").is_none_or(Value::is_null) {
            // it need not have one to be tried
            members.insert("name".to_owned(), "a test".into());
        }
        let call = Call::new(Method::POST, &["listener_tests"]).json(Value::Object(members));
        let answer = context.call(call).map_err(in_words_of_the_command)?;
        context.print(&answer.document, report)?;
        if answer.document["ok"] == true {
            Ok(())
        } else {
            Err(Failure::refused("the connection does not work"))
        }
    }
}

/// The steps as lines.
fn report(document: &Value) -> String {
    let mut lines = Vec::new();
    for step in document["steps"].as_array().into_iter().flatten() {
        let sign = match step["ok"].as_bool() {
            Some(true) => "ok    ",
            Some(false) => "FAILED",
            None => "-     ",
        };
        let took = step["took_s"].as_f64().unwrap_or_default() * 1000.0;
        lines.push(format!(
            "{sign}  {:10}  {took:5.0} ms  {}",
            text(&step["name"]),
            one_line(&text(&step["detail"]))
        ));
        if let Some(remedy) = step["remedy"].as_str() {
            lines.push(format!("{:30}{}", "", one_line(remedy)));
        }
        for mail in step["newest"].as_array().into_iter().flatten() {
            let passed = if mail["wanted"] == true {
                ""
            } else {
                " (not by the filters)"
            };
            lines.push(format!(
                "{:30}{}  {}  {}{passed}",
                "",
                seconds(&mail["received_at"]),
                one_line(&text(&mail["sender"])),
                one_line(&text(&mail["subject"]))
            ));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_lines() {
        insta::assert_snapshot!(report(&json!({"ok": false, "steps": [
            {"name": "token", "ok": true, "took_s": 0.0123, "detail": "an access token is there",
             "remedy": null, "newest": []},
            {"name": "newest", "ok": true, "took_s": 0.5, "detail": "read", "remedy": null, "newest": [
                {"received_at": "2026-11-26T08:00:00.5Z", "sender": "a@x", "subject": "b\nc", "wanted": false}]},
            {"name": "folder", "ok": false, "took_s": 0.0, "detail": "there is none",
             "remedy": "Check the path.", "newest": []},
            {"name": "delivery", "ok": null, "took_s": 0.0, "detail": "", "remedy": null, "newest": []},
        ]})));
    }
}
