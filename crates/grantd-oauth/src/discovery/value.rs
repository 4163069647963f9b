//! The members of a metadata document that matter, each of whatever type it is.
//!
//! Nesting ends at the JSON reader's own limit of 128.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The most texts that are kept of a list.
const MOST_TEXTS: usize = 1024;

/// The members that are read; all others are skipped.
const KNOWN: [&str; 8] = [
    "issuer",
    "token_endpoint",
    "token_endpoint_auth_methods_supported",
    "grant_types_supported",
    "scopes_supported",
    "introspection_endpoint",
    "revocation_endpoint",
    "mtls_endpoint_aliases",
];

/// An object's members.
#[derive(Debug, Default)]
pub(super) struct Members {
    known: BTreeMap<&'static str, Value>,
    /// The first name that is there twice, in this object or in one of its members that are read.
    pub(super) repeated: Option<String>,
}

impl Members {
    /// Takes a member out; `null` is none.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.known.remove(name)
    }
}

/// A member's value as far as it is of use.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    List(Texts),
    Object(Members),
    Other,
}

/// The texts of a list.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) texts: Vec<String>,
    /// Whether there was something else in it, or too much.
    pub(super) is_partial: bool,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            match KNOWN.into_iter().find(|known| *known == name) {
                Some(known) => {
                    let Maybe(mut value) = map.next_value()?;
                    if let Some(Value::Object(inner)) = &mut value {
                        let repeated = inner.repeated.take();
                        members.repeated = members.repeated.or(repeated);
                    }
                    members.known.extend(value.map(|value| (known, value)));
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            if members.repeated.is_none() && seen.contains(&name) {
                members.repeated = Some(name);
            } else {
                seen.insert(name);
            }
        }
        Ok(members)
    }
}

/// A value, or `null`.
struct Maybe(Option<Value>);

impl<'de> Deserialize<'de> for Maybe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<Value>, E> {
        Ok(Some(Value::Other))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<Value>, E> {
        Ok(Some(Value::Other))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<Value>, E> {
        Ok(Some(Value::Other))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<Value>, E> {
        Ok(Some(Value::Other))
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<Value>, E> {
        Ok(Some(Value::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Option<Value>, A::Error> {
        let mut list = Texts::default();
        while list.texts.len() < MOST_TEXTS
            && let Some(Maybe(value)) = values.next_element()?
        {
            match value {
                Some(Value::Text(text)) => list.texts.push(text),
                _ => list.is_partial = true,
            }
        }
        while values.next_element::<IgnoredAny>()?.is_some() {
            list.is_partial = true;
        }
        Ok(Some(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<Value>, A::Error> {
        Ok(Some(Value::Object(MembersVisitor.visit_map(map)?)))
    }
}
