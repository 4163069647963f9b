//! Variables: `${name}` in a text stands for a value from elsewhere, `$${` for `${` itself.

use std::collections::BTreeSet;

use grantd_engine::ThingKind;
use grantd_model::{FieldError, Invalid, Notice};
use serde_json::{Map, Value};

use crate::json_body::member;

/// Where the variables stand in the body of a request.
const PLACE: &str = "/variables";

/// The most that values may add to a document, in bytes.
const MOST_PUT_BYTES: usize = 8 * 1024 * 1024;

/// The most faults of variables that are told.
const MOST_FAULTS: usize = 100;

/// The longest name of a variable.
const MOST_NAME: usize = 64;

/// The variables of a document.
pub(super) struct Variables<'a> {
    values: Option<&'a Map<String, Value>>,
    used: BTreeSet<String>,
    /// How much values have added to the document so far.
    put_bytes: usize,
}

/// A part of a text.
enum Part<'a> {
    Text(&'a str),
    Variable(&'a str),
}

impl<'a> Variables<'a> {
    /// Checks names and kinds.
    pub(super) fn new(values: &'a Value) -> Result<Self, Vec<FieldError>> {
        let values = values.as_object();
        let mut faults = Vec::new();
        for (name, value) in values.into_iter().flatten() {
            let at = |fault: Invalid| fault.at(member(PLACE, name));
            if !is_name(name) {
                let detail =
                    "a name of letters, digits and `_` is expected, which begins with no digit";
                faults.push(at(Invalid::new("invalid_variable", detail)));
            }
            if !matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
                let detail = "a text, a number, `true` or `false` is expected";
                faults.push(at(Invalid::new("invalid_variable", detail)));
            }
        }
        if faults.is_empty() {
            Ok(Self {
                values,
                used: BTreeSet::new(),
                put_bytes: 0,
            })
        } else {
            Err(faults)
        }
    }

    /// Puts values into every text of a thing. A text that is one variable alone becomes its value, with its
    /// kind.
    pub(super) fn put(&mut self, value: &mut Value, place: &str, faults: &mut Vec<FieldError>) {
        match value {
            // what is wrong so often is not told one by one: places may be long
            _ if faults.len() >= MOST_FAULTS => {}
            Value::String(text) if text.contains("${") => match self.put_text(text) {
                Ok(put) => *value = put,
                Err(fault) => faults.push(fault.at(place)),
            },
            Value::Array(items) => {
                for (position, item) in items.iter_mut().enumerate() {
                    self.put(item, &format!("{place}/{position}"), faults);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    self.put(value, &member(place, name), faults);
                }
            }
            _ => {}
        }
    }

    fn put_text(&mut self, text: &str) -> Result<Value, Invalid> {
        let parts = parts(text)?;
        if let [Part::Variable(name)] = parts.as_slice() {
            let value = self.value(name)?;
            self.grow(value.as_str().map_or(0, str::len))?;
            return Ok(value.clone());
        }
        let mut put = String::with_capacity(text.len());
        for part in parts {
            match part {
                Part::Text(text) => put.push_str(text),
                Part::Variable(name) => {
                    let value = self.value(name)?;
                    self.grow(value.as_str().map_or(0, str::len))?;
                    match value {
                        Value::String(text) => put.push_str(text),
                        other => put.push_str(&other.to_string()),
                    }
                }
            }
        }
        Ok(Value::String(put))
    }

    /// Counts what values add to the document, which is small as it comes.
    fn grow(&mut self, bytes: usize) -> Result<(), Invalid> {
        self.put_bytes = self.put_bytes.saturating_add(bytes);
        if self.put_bytes <= MOST_PUT_BYTES {
            return Ok(());
        }
        let detail = format!(
            "the values of variables make more than {} MiB of the document",
            MOST_PUT_BYTES / 1024 / 1024
        );
        Err(Invalid::new("too_long", detail))
    }

    fn value(&mut self, name: &str) -> Result<&'a Value, Invalid> {
        let value = self.values.and_then(|values| values.get(name));
        let value = value.ok_or_else(|| {
            let detail = format!("there is no variable `{name}`; a value for it is expected");
            Invalid::new("unknown_variable", detail)
        })?;
        self.used.insert(name.to_owned());
        Ok(value)
    }

    /// Those that no text named.
    pub(super) fn unused(self) -> Vec<Notice> {
        let names = self.values.into_iter().flat_map(Map::keys);
        names
            .filter(|name| !self.used.contains(*name))
            .map(|name| Notice {
                pointer: member(PLACE, name),
                code: "unused_variable",
                detail: format!("the document does not use the variable `{name}`"),
            })
            .collect()
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.len() <= MOST_NAME
        && name.chars().all(plain)
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, Invalid> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(literal) = before.strip_suffix('$') {
            parts.extend([Part::Text(literal), Part::Text("${")]);
            rest = after;
            continue;
        }
        let name = after.split_once('}').filter(|(name, _)| is_name(name));
        let (name, after) = name.ok_or_else(|| {
            let detail = "the name of a variable and `}` are expected behind `${`; `$${` stands for `${` itself";
            Invalid::new("invalid_variable", detail)
        })?;
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Variable(name));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

/// Secrets that stand in the document itself, which is kept and shared.
pub(super) fn literal_secrets(kind: ThingKind, thing: &Value) -> Vec<FieldError> {
    let literal = secrets(kind, thing)
        .into_iter()
        .filter(|(_, value)| whole(value).is_none());
    literal
        .map(|(place, _)| {
            let detail = "a variable such as `${secret_of_sales}` is expected: the document itself holds no \
                          secret";
            Invalid::new("literal_secret", detail).at(place)
        })
        .collect()
}

/// The variables that stand for secrets in a document.
#[must_use]
pub fn secret_variables(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for kind in [ThingKind::Source, ThingKind::Credential] {
        let things = document[kind.section()].as_object().into_iter().flatten();
        for (_, thing) in things {
            let secrets = secrets(kind, thing).into_iter();
            names.extend(secrets.filter_map(|(_, value)| Some(whole(value)?.to_owned())));
        }
    }
    names
}

/// The secrets that a thing gives, by their places in it.
fn secrets(kind: ThingKind, thing: &Value) -> Vec<(String, &Value)> {
    let mut secrets = Vec::new();
    match kind {
        ThingKind::Source => secrets.push(("/secret".to_owned(), &thing["secret"])),
        ThingKind::Listener => {}
        ThingKind::Credential => {
            secrets.push(("/client_secret".to_owned(), &thing["client_secret"]));
            for (list, secret_by_default) in [("parameters", false), ("headers", true)] {
                let entries = thing[list].as_array().into_iter().flatten();
                let secret = entries
                    .enumerate()
                    .filter(|(_, entry)| entry["secret"].as_bool().unwrap_or(secret_by_default));
                secrets.extend(secret.map(|(position, entry)| {
                    (format!("/{list}/{position}/value"), &entry["value"])
                }));
            }
        }
    }
    secrets.retain(|(_, value)| !value.is_null());
    secrets
}

/// The variable that is all of a value.
fn whole(value: &Value) -> Option<&str> {
    match parts(value.as_str()?).ok()?.as_slice() {
        [Part::Variable(name)] => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(text: &str) -> Result<Value, &'static str> {
        let values = json!({"name": "sales", "port": 8443, "paused": true, "price": "$5"});
        let mut variables = Variables::new(&values).unwrap();
        let mut value = json!(text);
        let mut faults = Vec::new();
        variables.put(&mut value, "", &mut faults);
        match faults.first() {
            None => Ok(value),
            Some(fault) => Err(fault.code),
        }
    }

    #[test]
    fn variables_are_put_into_texts_and_a_whole_one_keeps_its_kind() {
        for (text, expected) in [
            ("plain $ {x} }", json!("plain $ {x} }")),
            ("${name}", json!("sales")),
            ("${port}", json!(8443)),
            ("${paused}", json!(true)),
            ("a ${name} b ${port}", json!("a sales b 8443")),
            ("$${name}", json!("${name}")),
            ("$$${name}", json!("$${name}")),
            ("${price}${name}", json!("$5sales")),
            ("x$${y}${name}", json!("x${y}sales")),
        ] {
            assert_eq!(put(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_variable_is_told() {
        for (text, code) in [
            ("${nobody}", "unknown_variable"),
            ("${", "invalid_variable"),
            ("${}", "invalid_variable"),
            ("${a b}", "invalid_variable"),
            ("${name", "invalid_variable"),
            ("${1a}", "invalid_variable"),
        ] {
            assert_eq!(put(text), Err(code), "{text}");
        }
    }

    #[test]
    fn a_secret_in_the_document_itself_is_seen() {
        let thing = json!({
            "client_secret": "hunter2",
            "parameters": [{"name": "a", "value": "b"}, {"name": "c", "value": "d", "secret": true}],
            "headers": [{"name": "x", "value": "y"}, {"name": "z", "value": "w", "secret": false},
                {"name": "k"}, {"name": "v", "value": "${v}"}, {"name": "u", "value": "u${v}"}]
        });
        let faults = literal_secrets(ThingKind::Credential, &thing);
        let places: Vec<&str> = faults.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(
            places,
            [
                "/client_secret",
                "/parameters/1/value",
                "/headers/0/value",
                "/headers/4/value"
            ]
        );
        let source = json!({"secret": 1});
        assert_eq!(literal_secrets(ThingKind::Source, &source).len(), 1);
        assert!(literal_secrets(ThingKind::Source, &json!({})).is_empty());
    }
}
