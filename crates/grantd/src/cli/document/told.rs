//! A plan in lines: what is added, what changes from what to what, what is refused and why.

use serde_json::Value;

use super::Sent;
use crate::cli::listing::text;
use crate::failure::one_line;

/// The longest value that is shown in a line.
const MOST: usize = 120;

/// A plan in lines.
pub(in crate::cli) fn told(plan: &Value, sent: &Sent) -> String {
    let mut lines = String::new();
    for item in items(plan) {
        let action = item["action"].as_str().unwrap_or_default();
        let mark = match action {
            "create" => '+',
            "update" => '~',
            "refused" => '✗',
            _ => continue,
        };
        let head = format!("{mark} {} {}", text(&item["kind"]), text(&item["name"]));
        lines.push_str(&one_line(&head));
        lines.push('\n');
        let changes = item["changes"].as_array().into_iter().flatten();
        for change in changes {
            lines.push_str(&change_line(change, action == "create"));
        }
        for fault in item["errors"].as_array().into_iter().flatten() {
            let place = sent.place(fault["pointer"].as_str().unwrap_or_default());
            let line = format!("{place}: {}", text(&fault["detail"]));
            lines.push_str("    ");
            lines.push_str(&one_line(&line));
            lines.push('\n');
        }
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines.push_str(&counts(plan));
    lines
}

/// The things of a plan.
pub(in crate::cli) fn items(plan: &Value) -> impl Iterator<Item = &Value> {
    plan["items"].as_array().into_iter().flatten()
}

fn change_line(change: &Value, is_new: bool) -> String {
    let value = |value: &Value| match value.as_str() {
        None => "none".to_owned(),
        Some(text) => short(text),
    };
    let after = value(&change["after"]);
    let becomes = if is_new {
        after
    } else {
        format!("{} → {after}", value(&change["before"]))
    };
    let line = format!("{}: {becomes}", text(&change["member"]));
    format!("    {}\n", one_line(&line))
}

fn counts(plan: &Value) -> String {
    let summary = &plan["summary"];
    let parts = [
        ("create", "to add"),
        ("update", "to change"),
        ("unchanged", "as they are"),
        ("refused", "refused"),
    ]
    .map(|(member, words)| format!("{} {words}", summary[member].as_u64().unwrap_or_default()));
    format!("{}\n", parts.join(", "))
}

fn short(text: &str) -> String {
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
