//! The configuration file.

use std::collections::BTreeMap;
use std::path::Path;

use grantd_mail::SpoolConfig;
use grantd_model::listener::SpoolName;
use grantd_model::secret_reference::SourceName;
use grantd_secrets::SourceConfig;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::place::{Place, line};
use super::values::{Values, Written};
use super::{Keyring, keyring, keys, sources, spools};
use crate::nearest::suggestion;

/// The sections whose tables are named by people.
const SOURCES: &str = "sources";
const SPOOLS: &str = "spools";

/// The section that is read as a whole.
const KEYRING: &str = "keyring";

/// What a file declares by names of its own.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// Section `[keyring]`.
    pub(super) keyring: Keyring,
    /// Sections `[sources.NAME]`.
    pub(super) sources: BTreeMap<SourceName, SourceConfig>,
    /// Sections `[spools.NAME]`.
    pub(super) spools: BTreeMap<SpoolName, SpoolConfig>,
}

/// Reads a file into the values, and returns what it declares.
pub(super) fn read(path: &Path, text: &str, values: &mut Values) -> Declared {
    let mut reading = Reading { path, text, values };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let offset = error.span().map_or(0, |span| span.start);
        let detail = error.message().replace('\n', ", ");
        reading.fault(offset, "", detail);
    }
    let mut declared = Declared::default();
    if !errors.is_empty() {
        return declared;
    }
    for (name, section) in document.into_inner() {
        if [SOURCES, KEYRING, SPOOLS].contains(&name.get_ref().as_ref()) {
            reading.note(name.get_ref(), &section);
        }
        let (at, name) = (name.span().start, name.into_inner());
        let DeValue::Table(_) = section.get_ref() else {
            let detail = format!("a section `[{name}]` is expected here");
            reading.fault(at, &name, detail);
            continue;
        };
        match name.as_ref() {
            SOURCES => declared.sources = reading.named(SOURCES, section, sources::read),
            KEYRING => match keyring::read(section) {
                Ok(read) => declared.keyring = read,
                Err((offset, detail)) => reading.fault(offset.unwrap_or(at), KEYRING, detail),
            },
            SPOOLS => declared.spools = reading.named(SPOOLS, section, spools::read),
            _ => reading.section(at, &name, section),
        }
    }
    declared
}

struct Reading<'a> {
    path: &'a Path,
    text: &'a str,
    values: &'a mut Values,
}

impl Reading<'_> {
    fn section(&mut self, at: usize, name: &str, section: Spanned<DeValue<'_>>) {
        let known: Vec<String> = keys().collect();
        let prefix = format!("{name}.");
        if !known.iter().any(|key| key.starts_with(&prefix)) {
            let mut sections: Vec<&str> = known
                .iter()
                .filter_map(|key| key.split_once('.').map(|(section, _)| section))
                .collect();
            sections.dedup();
            sections.extend([KEYRING, SOURCES, SPOOLS]);
            let detail = format!(
                "there is no section `[{name}]`; {}",
                suggestion(name, sections)
            );
            self.fault(at, "", detail);
            return;
        }
        let DeValue::Table(table) = section.into_inner() else {
            return;
        };
        for (key, value) in table {
            let (at, key) = (key.span().start, key.into_inner());
            let full = format!("{name}.{key}");
            if known.contains(&full) {
                let place = self.place(at);
                self.values.set(full, place, written(value.get_ref()));
                continue;
            }
            let siblings = known.iter().filter_map(|known| known.strip_prefix(&prefix));
            let detail = format!("there is no such setting; {}", suggestion(&key, siblings));
            self.fault(at, &full, detail);
        }
    }

    /// The tables of a section, each read by itself.
    fn named<N: Ord, C>(
        &mut self,
        kind: &str,
        section: Spanned<DeValue<'_>>,
        read: impl Fn(&str, Spanned<DeValue<'_>>) -> Result<(N, C), (Option<usize>, String)>,
    ) -> BTreeMap<N, C> {
        let mut declared = BTreeMap::new();
        let DeValue::Table(table) = section.into_inner() else {
            return declared;
        };
        for (name, table) in table {
            let (at, name) = (name.span().start, name.into_inner());
            match read(&name, table) {
                Ok((name, config)) => {
                    declared.insert(name, config);
                }
                Err((offset, detail)) => {
                    self.fault(offset.unwrap_or(at), &format!("{kind}.{name}"), detail);
                }
            }
        }
        declared
    }

    /// Notes what a section that is read as a whole says, value by value.
    fn note(&mut self, key: &str, value: &Spanned<DeValue<'_>>) {
        if let DeValue::Table(table) = value.get_ref() {
            for (name, value) in table {
                self.note(&format!("{key}.{}", name.get_ref()), value);
            }
            return;
        }
        let place = self.place(value.span().start);
        // what a program finds in its environment may be secret
        let shown = match key.split('.').nth(2) {
            Some("environment") => "(not shown)".into(),
            _ => json(value.get_ref()),
        };
        self.values.declared(key.to_owned(), shown, place);
    }

    fn place(&self, offset: usize) -> Place {
        Place::File(self.path.to_owned(), line(self.text, offset))
    }

    fn fault(&mut self, offset: usize, key: &str, detail: String) {
        let place = self.place(offset);
        self.values.fault(place, key, detail);
    }
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            read.map_or_else(|_| Value::String(number.to_string()), Value::from)
        }
        DeValue::Float(number) => Value::String(number.to_string()),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Table(_) => Value::Null,
    }
}

fn written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Boolean(value) => Written::YesNo(*value),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| item.get_ref().as_str().map(ToOwned::to_owned))
                .collect();
            texts.map_or(Written::Other("a list of other things"), Written::List)
        }
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            read.map_or(Written::Other("a large number"), Written::Number)
        }
        DeValue::Float(_) => Written::Other("a number with a fraction"),
        DeValue::Datetime(_) => Written::Other("a time"),
        DeValue::Table(_) => Written::Other("a section"),
    }
}
