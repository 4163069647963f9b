//! Refuses what the forms would read in more than one way: an object that has a member twice
//! (RFC 8259 section 4), and a list in the place of an object, which would be read by position.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_path_to_error::{Deserializer as Tracked, Track};

use super::{pointer, unreadable};
use crate::problem::Problem;

/// The members that are lists, in any form or in what is shown.
const LISTS: [&str; 20] = [
    "addresses",
    "allowed_mailboxes",
    "bound_hosts",
    "events",
    "filters",
    "grants",
    "headers",
    "hosts",
    "ids",
    "methods",
    "notices",
    "objects",
    "origins",
    "parameters",
    "paths",
    "remove_headers",
    "resources",
    "secrets",
    "statuses",
    "to",
];

/// Reads the text to its end and keeps nothing of it but the names of the objects that are open.
pub(super) fn check(text: &[u8]) -> Result<(), Problem> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let mut track = Track::new();
    let read = Shape { list: false }.deserialize(Tracked::new(&mut reader, &mut track));
    read.map_err(|error| unreadable(&pointer(&track.path()), &error))
}

/// A value, which may be a list or not.
#[derive(Clone, Copy)]
struct Shape {
    list: bool,
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.list {
            "a list"
        } else {
            "an object or a single value, not a list"
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.contains(&name) {
                return Err(de::Error::custom(format_args!("duplicate member `{name}`")));
            }
            let list = LISTS.contains(&name.as_str());
            names.insert(name);
            members.next_value_seed(Self { list })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if !self.list {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        }
        while items.next_element_seed(Self { list: false })?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}
