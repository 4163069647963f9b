//! One thing as names and values.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use super::table::finish;
use crate::failure::one_line;

/// The members of a document that say something, one a line, in the order given; members that it
/// does not name come after.
pub(crate) fn record(document: &Value, order: &[&str]) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    let Some(members) = document.as_object() else {
        return one_line(&document.to_string());
    };
    let named = order.iter().filter_map(|name| members.get_key_value(*name));
    let others = members
        .iter()
        .filter(|(name, _)| !order.contains(&name.as_str()));
    for (name, value) in named.chain(others) {
        let texts = texts(name, value);
        for (position, text) in texts.iter().enumerate() {
            let name = if position == 0 {
                one_line(name)
            } else {
                String::new()
            };
            table.add_row([name.as_str(), text.as_str()]);
        }
    }
    finish(&mut table)
}

fn texts(name: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) if name == "ca_bundle" => {
            vec![format!("{} bytes of PEM", text.len())]
        }
        Value::Array(items) => items.iter().map(inline).collect(),
        Value::Object(members) if name == "labels" => members
            .iter()
            .map(|(key, value)| format!("{}={}", one_line(key), inline(value)))
            .collect(),
        Value::Object(members) if members.is_empty() => Vec::new(),
        other => vec![inline(other)],
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) => items.iter().map(inline).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{} {}", one_line(name), inline(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Null | Value::Number(_) => value.to_string(),
    }
}
