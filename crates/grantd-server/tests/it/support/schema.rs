//! As much of JSON Schema as the OpenAPI document uses, stricter in one thing: a member that no
//! schema names is a fault.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where and why a value does not fit its schema.
pub(super) fn mismatch(
    document: &Value,
    schema: &Value,
    value: &Value,
    at: &str,
) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return mismatch(document, target?, value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let faults: Vec<_> = choices
            .iter()
            .map(|choice| mismatch(document, choice, value, at))
            .collect();
        let fits = faults.iter().any(Option::is_none);
        return (!fits).then(|| format!("{at} fits no choice: {faults:?}"));
    }
    if !types(schema).is_empty() && !types(schema).contains(kind(value)) {
        return Some(format!(
            "{at} is {}, expected {:?}",
            kind(value),
            types(schema)
        ));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Some(format!("{at} is none of {words:?}"));
    }
    match value {
        Value::Array(items) => items.iter().enumerate().find_map(|(position, item)| {
            mismatch(
                document,
                &schema["items"],
                item,
                &format!("{at}/{position}"),
            )
        }),
        Value::Object(members) => {
            let mut parts = Vec::new();
            flatten(document, schema, &mut parts);
            let required = parts
                .iter()
                .filter_map(|part| part["required"].as_array())
                .flatten()
                .filter_map(Value::as_str);
            if let Some(missing) = required
                .into_iter()
                .find(|name| !members.contains_key(*name))
            {
                return Some(format!("{at}/{missing} is missing"));
            }
            members.iter().find_map(|(name, member)| {
                let at = format!("{at}/{name}");
                let named = parts.iter().find_map(|part| part["properties"].get(name));
                let any = parts
                    .iter()
                    .find_map(|part| part.get("additionalProperties"));
                match named.or(any) {
                    Some(schema) => mismatch(document, schema, member, &at),
                    None => Some(format!("{at} is not documented")),
                }
            })
        }
        _ => None,
    }
}

/// The schema and those that it is all of.
fn flatten<'a>(document: &'a Value, schema: &'a Value, parts: &mut Vec<&'a Value>) {
    if let Some(reference) = schema["$ref"].as_str() {
        if let Some(target) = document.pointer(reference.trim_start_matches('#')) {
            flatten(document, target, parts);
        }
        return;
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        flatten(document, part, parts);
    }
    parts.push(schema);
}

fn types(schema: &Value) -> BTreeSet<&str> {
    match &schema["type"] {
        Value::String(name) => BTreeSet::from([name.as_str()]),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
