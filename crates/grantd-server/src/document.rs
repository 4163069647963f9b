//! The document that says what is to be: sources, credentials and listeners by name, each with the members
//! that the API takes when one is added.
//!
//! Invariant: a document holds no secret; secrets come in by variables, and are never written out.

mod placeholders;
mod things;
mod variables;
mod written;

use grantd_engine::{ThingKind, Wanted, WantedCredential, WantedThings};
use grantd_model::{FieldError, Invalid, Notice, Secret};
use serde_json::{Map, Value};

use crate::json_body::member;
use crate::problem::Problem;
use variables::Variables;

pub use variables::secret_variables;
pub(crate) use written::{LeftOut, written};

/// Where a document stands in the body of a request.
pub(crate) const PLACE: &str = "/document";

/// The only version so far.
pub(crate) const VERSION: u64 = 1;

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Document {
    /// What it names.
    pub(crate) things: WantedThings,
    /// What should be known of it.
    pub(crate) warnings: Vec<Notice>,
}

/// Reads a document, with its variables put in. What is wrong with one thing stands in its place.
///
/// # Errors
/// When it is no document, or the variables are none.
pub(crate) fn read(document: Value, values: Map<String, Value>) -> Result<Document, Problem> {
    let values = Wiped(Value::Object(values));
    let mut document = Wiped(document);
    let mut variables = Variables::new(&values.0).map_err(Problem::fields)?;
    let sections = sections(&mut document.0).map_err(Problem::fields)?;
    let mut things = WantedThings::default();
    for (kind, name, thing) in sections {
        let mut thing = Wiped(thing);
        let mut faults = variables::literal_secrets(kind, &thing.0);
        variables.put(&mut thing.0, "", &mut faults);
        let thing = &mut thing.0;
        match kind {
            ThingKind::Source => {
                let thing = unless(faults, || things::source(&name, thing));
                things.sources.push(Wanted { name, thing });
            }
            ThingKind::Credential => {
                let thing = unless(faults, || things::credential(&name, thing));
                things.credentials.push(Wanted { name, thing });
            }
            ThingKind::Listener => {
                let thing = unless(faults, || things::listener(&name, thing));
                things.listeners.push(Wanted { name, thing });
            }
        }
    }
    Ok(Document {
        things,
        warnings: variables.unused(),
    })
}

/// Reads one credential by itself, whose secret may stand in it.
///
/// # Errors
/// Everything that is wrong, each by its place.
pub(crate) fn credential(
    slug: &str,
    members: Map<String, Value>,
) -> Result<WantedCredential, Vec<FieldError>> {
    let mut members = Wiped(Value::Object(members));
    things::credential(slug, &mut members.0)
}

fn unless<T>(
    faults: Vec<FieldError>,
    read: impl FnOnce() -> Result<T, Vec<FieldError>>,
) -> Result<T, Vec<FieldError>> {
    if faults.is_empty() {
        read()
    } else {
        Err(faults)
    }
}

/// Takes a document apart into its things.
fn sections(document: &mut Value) -> Result<Vec<(ThingKind, String, Value)>, Vec<FieldError>> {
    let Value::Object(members) = document else {
        let detail = "an object is expected, with `version = 1` and sections";
        return Err(vec![Invalid::new("unreadable", detail).at(PLACE)]);
    };
    let mut faults = Vec::new();
    match members.remove("version").as_ref().map(Value::as_u64) {
        Some(Some(VERSION)) => {}
        found => {
            let code = if found.is_none() {
                "required"
            } else {
                "unknown_value"
            };
            let fault = Invalid::new(code, "`version = 1` is expected");
            faults.push(fault.at(format!("{PLACE}/version")));
        }
    }
    let mut things = Vec::new();
    for kind in [
        ThingKind::Source,
        ThingKind::Credential,
        ThingKind::Listener,
    ] {
        let section = kind.section();
        match members.remove(section) {
            None => {}
            Some(Value::Object(named)) => {
                things.extend(named.into_iter().map(|(name, thing)| (kind, name, thing)));
            }
            Some(mut other) => {
                wipe(&mut other);
                let detail = format!("tables are expected, as `[{section}.NAME]`");
                faults.push(Invalid::new("unreadable", detail).at(format!("{PLACE}/{section}")));
            }
        }
    }
    for name in members.keys() {
        let detail = "nothing of this name is expected; known are `version`, `sources`, `credentials` and \
                      `listeners`";
        faults.push(Invalid::new("unknown_member", detail).at(member(PLACE, name)));
    }
    if faults.is_empty() {
        Ok(things)
    } else {
        Err(faults)
    }
}

/// A value with secrets in it, wiped at its end.
#[derive(Debug)]
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Wipes every text of a value that may have held a secret.
pub(crate) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => drop(Secret::new(std::mem::take(text))),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
