//! The values that were given, before each is read as what it should be.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::fault::Fault;
use super::place::Place;

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// A text; from a variable or a flag always this.
    Text(String),
    /// Texts.
    List(Vec<String>),
    /// Yes or no.
    YesNo(bool),
    /// A whole number.
    Number(i64),
    /// Anything else, by the name of its type.
    Other(&'static str),
}

/// The values that were given, by `section.key`, and what was found wrong.
#[derive(Debug, Default)]
pub(super) struct Values {
    given: BTreeMap<String, (Place, Written)>,
    faults: Vec<Fault>,
    effective: Vec<Effective>,
    declared: Vec<Effective>,
}

/// A setting as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effective {
    /// Its `section.key`.
    pub(crate) key: String,
    /// Its value as it is written; null where there is none.
    pub(crate) value: Value,
    /// Where it was given; by default if nowhere.
    pub(crate) place: Option<Place>,
    /// What it is to be.
    pub(super) expected: Expected,
}

impl Effective {
    /// A text that nobody has set.
    pub(super) fn by_default(key: &str, text: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: text.into(),
            place: None,
            expected: Expected::Text,
        }
    }
}

/// What a setting is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// A text.
    Text,
    /// Texts.
    Texts,
    /// The path of a file.
    Path,
    /// Yes or no.
    YesNo,
    /// A whole number within a range.
    Number(RangeInclusive<u64>),
}

impl Values {
    /// Sets a value; it stands above one that was set before.
    pub(super) fn set(&mut self, key: String, place: Place, written: Written) {
        self.given.insert(key, (place, written));
    }

    /// Sets the value of a flag.
    pub(super) fn set_flag(&mut self, key: &str, flag: &'static str, text: &str) {
        let written = Written::Text(text.to_owned());
        self.set(key.to_owned(), Place::Flag(flag), written);
    }

    /// Notes something that is wrong.
    pub(super) fn fault(
        &mut self,
        place: Place,
        key: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.faults.push(Fault {
            place,
            key: key.into(),
            detail: detail.into(),
        });
    }

    /// One setting, to be read.
    pub(super) fn setting(&mut self, section: &str, key: &str) -> Setting<'_> {
        Setting {
            key: format!("{section}.{key}"),
            values: self,
        }
    }

    /// Where a setting stands, if it was given.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        self.given.get(key).map(|(place, _)| place.clone())
    }

    /// Notes a value that was read apart from the settings.
    pub(super) fn declared(&mut self, key: String, value: Value, place: Place) {
        self.declared.push(Effective {
            key,
            value,
            place: Some(place),
            expected: Expected::Text,
        });
    }

    /// Every setting as it holds, and everything that is wrong, in the order in which it stands.
    pub(super) fn into_results(mut self) -> (Vec<Effective>, Vec<Fault>) {
        self.faults.sort_by(|a, b| a.place.cmp(&b.place));
        self.effective.extend(self.declared);
        (self.effective, self.faults)
    }
}

/// One setting, about to be read. What is wrong is noted, and the default taken meanwhile.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    key: String,
    values: &'a mut Values,
}

impl Setting<'_> {
    /// A text that is parsed, or nothing.
    pub(super) fn optional<T>(
        mut self,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.note(Expected::Text, Value::Null);
        self.text(parse)
    }

    fn text<T>(self, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (place, written) = self.given()?;
        let Written::Text(text) = written else {
            self.wrong_type(place, &written, "a text");
            return None;
        };
        match parse(&text) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.values.fault(place, self.key, fault);
                None
            }
        }
    }

    /// A text that is parsed, or the default.
    pub(super) fn one<T: ToString>(
        mut self,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.note(Expected::Text, Value::String(default.to_string()));
        self.text(parse).unwrap_or(default)
    }

    /// Texts that are parsed, each named by its number where it is wrong. In a variable they are
    /// divided by commas.
    pub(super) fn many<T>(mut self, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        self.note(Expected::Texts, json!([]));
        let Some((place, written)) = self.given() else {
            return Vec::new();
        };
        let texts = match written {
            Written::List(texts) => texts,
            Written::Text(text) if matches!(place, Place::Variable(_)) => divided(&text),
            other => {
                self.wrong_type(place, &other, "a list of texts");
                return Vec::new();
            }
        };
        let mut parsed = Vec::with_capacity(texts.len());
        for (position, text) in texts.iter().enumerate() {
            match parse(text) {
                Ok(value) => parsed.push(value),
                Err(fault) => {
                    let detail = format!("entry {} `{text}`: {fault}", position + 1);
                    self.values.fault(place.clone(), self.key.clone(), detail);
                }
            }
        }
        parsed
    }

    /// A whole number within a range.
    pub(super) fn number(mut self, default: u64, range: RangeInclusive<u64>) -> u64 {
        self.note(Expected::Number(range.clone()), default.into());
        let Some((place, written)) = self.given() else {
            return default;
        };
        let number = match &written {
            Written::Number(number) => u64::try_from(*number).ok(),
            Written::Text(text) if matches!(place, Place::Variable(_)) => text.parse().ok(),
            _ => None,
        };
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return number;
        }
        let expected = format!("a number from {} to {}", range.start(), range.end());
        match written {
            Written::Number(number) => {
                let detail = format!("{expected} is expected, it is {number}");
                self.values.fault(place, self.key, detail);
            }
            Written::Text(text) if matches!(place, Place::Variable(_)) => {
                let detail = format!("{expected} is expected, it is `{text}`");
                self.values.fault(place, self.key, detail);
            }
            other => self.wrong_type(place, &other, &expected),
        }
        default
    }

    /// Yes or no.
    pub(super) fn yes_no(mut self, default: bool) -> bool {
        self.note(Expected::YesNo, default.into());
        let Some((place, written)) = self.given() else {
            return default;
        };
        match &written {
            Written::YesNo(value) => return *value,
            Written::Text(text) if matches!(place, Place::Variable(_)) => match text.as_str() {
                "true" => return true,
                "false" => return false,
                _ => {
                    let detail = format!("`true` or `false` is expected, it is `{text}`");
                    self.values.fault(place, self.key, detail);
                }
            },
            _ => self.wrong_type(place, &written, "`true` or `false`"),
        }
        default
    }

    /// The text of a file that is named, or nothing. In a file, a relative path begins at the
    /// folder of that file.
    pub(super) fn file(
        mut self,
        read: impl FnOnce(&Path) -> Result<String, String>,
    ) -> Option<String> {
        self.note(Expected::Path, Value::Null);
        let base = self.base();
        self.text(|text| read(&below(base, text)))
    }

    /// A path, or nothing. In a file, a relative one begins at the folder of that file.
    pub(super) fn path(mut self) -> Option<PathBuf> {
        self.note(Expected::Path, Value::Null);
        let base = self.base();
        self.text(|text| match text {
            "" => Err("a path is expected, it is empty".to_owned()),
            text => Ok(below(base, text)),
        })
    }

    /// Notes how the setting holds: as it was given, else by default.
    fn note(&mut self, expected: Expected, default: Value) {
        let given = self.given();
        let place = given.as_ref().map(|(place, _)| place.clone());
        let value = match given {
            None => default,
            Some((place, written)) => {
                let divides = matches!(place, Place::Variable(_));
                match (&expected, written) {
                    (Expected::Texts, Written::Text(text)) if divides => json!(divided(&text)),
                    (Expected::Number(_), Written::Text(text)) => {
                        text.parse::<u64>().map_or(Value::String(text), Value::from)
                    }
                    (Expected::YesNo, Written::Text(text)) => text
                        .parse::<bool>()
                        .map_or(Value::String(text), Value::from),
                    (Expected::Path, Written::Text(text)) => {
                        json!(below(self.base(), &text).display().to_string())
                    }
                    (_, Written::Text(text)) => Value::String(text),
                    (_, Written::List(texts)) => json!(texts),
                    (_, Written::YesNo(value)) => value.into(),
                    (_, Written::Number(number)) => number.into(),
                    (_, Written::Other(name)) => Value::String(name.to_owned()),
                }
            }
        };
        self.values.effective.push(Effective {
            key: self.key.clone(),
            value,
            place,
            expected,
        });
    }

    fn base(&self) -> Option<PathBuf> {
        match self.values.place(&self.key) {
            Some(Place::File(path, _)) => path.parent().map(Path::to_owned),
            _ => None,
        }
    }

    fn given(&self) -> Option<(Place, Written)> {
        self.values.given.get(&self.key).cloned()
    }

    fn wrong_type(self, place: Place, written: &Written, expected: &str) {
        let found = match written {
            Written::Text(_) => "a text",
            Written::List(_) => "a list",
            Written::YesNo(_) => "`true` or `false`",
            Written::Number(_) => "a number",
            Written::Other(name) => name,
        };
        let detail = format!("{expected} is expected, it is {found}");
        self.values.fault(place, self.key, detail);
    }
}

/// The parts of a list in a variable.
fn divided(text: &str) -> Vec<String> {
    text.split(',')
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

fn below(base: Option<PathBuf>, text: &str) -> PathBuf {
    base.map_or_else(|| PathBuf::from(text), |base| base.join(text))
}
