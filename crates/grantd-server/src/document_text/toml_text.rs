//! TOML with the line of each value, and documents as TOML.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{LineStarts, TextFault};
use crate::json_body::member;

/// The most members of a table that stands on one line.
const MOST_INLINE: usize = 4;

/// Reads a text, and notes the line of each value by its pointer.
pub(super) fn read(text: &str, lines: &mut BTreeMap<String, usize>) -> Result<Value, TextFault> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if let Some(error) = errors.first() {
        let offset = error.span().map_or(0, |span| span.start);
        return Err(TextFault {
            line: LineStarts::of(text).line(offset),
            detail: format!("this is no TOML: {}", error.message().replace('\n', ", ")),
        });
    }
    let starts = LineStarts::of(text);
    let mut reading = Reading { starts, lines };
    reading.table(String::new(), table.into_inner())
}

struct Reading<'a> {
    starts: LineStarts,
    lines: &'a mut BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn table(&mut self, place: String, table: DeTable<'_>) -> Result<Value, TextFault> {
        let mut members = Map::new();
        for (name, value) in table {
            let at = self.starts.line(name.span().start);
            let name = name.into_inner();
            let inner = member(&place, &name);
            self.lines.insert(inner.clone(), at);
            let value = self.value(inner, value)?;
            members.insert(name.into_owned(), value);
        }
        self.lines.entry(place).or_insert(1);
        Ok(Value::Object(members))
    }

    fn value(&mut self, place: String, value: Spanned<DeValue<'_>>) -> Result<Value, TextFault> {
        let at = value.span().start;
        let out_of_range = || TextFault {
            line: self.starts.line(at),
            detail: "a number that fits into 64 bits is expected".to_owned(),
        };
        Ok(match value.into_inner() {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(value) => Value::Bool(value),
            DeValue::Datetime(time) => Value::String(time.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_err(|_| out_of_range())?
                .into(),
            DeValue::Float(number) => number
                .as_str()
                .parse::<f64>()
                .map_err(|_| out_of_range())?
                .into(),
            DeValue::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (position, item) in items.into_iter().enumerate() {
                    let inner = format!("{place}/{position}");
                    let at = self.starts.line(item.span().start);
                    self.lines.insert(inner.clone(), at);
                    list.push(self.value(inner, item)?);
                }
                Value::Array(list)
            }
            DeValue::Table(table) => self.table(place, table)?,
        })
    }
}

/// A document as TOML: a table for each thing.
#[must_use]
pub fn write(document: &Value) -> String {
    let mut text = String::new();
    let members = document.as_object().into_iter().flatten();
    let (tables, plain): (Vec<_>, Vec<_>) = members.partition(|(_, value)| value.is_object());
    for (name, value) in plain {
        put_member(&mut text, name, value);
    }
    for (section, things) in tables {
        let things = things.as_object().into_iter().flatten();
        let mut is_empty = true;
        for (name, thing) in things {
            is_empty = false;
            put_table(&mut text, &format!("{}.{}", key(section), key(name)), thing);
        }
        if is_empty {
            let _ = write!(text, "\n[{}]\n", key(section));
        }
    }
    text
}

fn put_table(text: &mut String, path: &str, table: &Value) {
    let _ = write!(text, "\n[{path}]\n");
    let members = table.as_object().into_iter().flatten();
    let (tables, plain): (Vec<_>, Vec<_>) = members.partition(|(_, value)| has_own_table(value));
    for (name, value) in plain {
        put_member(text, name, value);
    }
    for (name, value) in tables {
        put_table(text, &format!("{path}.{}", key(name)), value);
    }
}

/// Whether a table is too much for one line.
fn has_own_table(value: &Value) -> bool {
    let Value::Object(members) = value else {
        return false;
    };
    let is_long =
        |value: &Value| value.is_object() || value.as_str().is_some_and(|text| text.contains('\n'));
    members.len() > MOST_INLINE || members.values().any(is_long)
}

fn put_member(text: &mut String, name: &str, value: &Value) {
    let _ = write!(text, "{} = ", key(name));
    match value {
        Value::String(value) if value.contains('\n') => put_lines(text, value),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            text.push_str("[\n");
            for item in items {
                text.push_str("  ");
                put_inline(text, item);
                text.push_str(",\n");
            }
            text.push(']');
        }
        other => put_inline(text, other),
    }
    text.push('\n');
}

fn put_inline(text: &mut String, value: &Value) {
    match value {
        Value::String(value) => {
            text.push('"');
            value.chars().for_each(|c| put_char(text, c, false));
            text.push('"');
        }
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { ", " });
                put_inline(text, item);
            }
            text.push(']');
        }
        Value::Object(members) if members.is_empty() => text.push_str("{}"),
        Value::Object(members) => {
            text.push_str("{ ");
            for (position, (name, value)) in members.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { ", " });
                let _ = write!(text, "{} = ", key(name));
                put_inline(text, value);
            }
            text.push_str(" }");
        }
        // TOML has no null, and no document that is written has one
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
}

/// A text of several lines; the line end behind the first quotes is none of it.
fn put_lines(text: &mut String, value: &str) {
    text.push_str("\"\"\"\n");
    value.chars().for_each(|c| put_char(text, c, true));
    text.push_str("\"\"\"");
}

fn put_char(text: &mut String, c: char, keeps_lines: bool) {
    match c {
        '\n' if keeps_lines => text.push('\n'),
        '\t' => text.push_str("\\t"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '"' => text.push_str("\\\""),
        '\\' => text.push_str("\\\\"),
        c if c.is_control() => {
            let _ = write!(text, "\\u{:04X}", u32::from(c));
        }
        c => text.push(c),
    }
}

fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    let mut quoted = String::new();
    put_inline(&mut quoted, &Value::String(name.to_owned()));
    quoted
}
