//! Everything that is wrong with a document, named at once.

use crate::{FieldError, Invalid};

/// What is wrong with a document so far.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes a fault at a place.
    pub(crate) fn check(&mut self, place: &str, result: Result<(), Invalid>) {
        if let Err(fault) = result {
            self.0.push(fault.at(place));
        }
    }

    /// A value, or its fault at a place.
    pub(crate) fn take<T>(&mut self, place: &str, result: Result<T, Invalid>) -> Option<T> {
        result.map_err(|fault| self.0.push(fault.at(place))).ok()
    }

    /// Notes a number outside of its range.
    pub(crate) fn range(&mut self, place: &str, value: u64, least: u64, most: u64) {
        if !(least..=most).contains(&value) {
            let detail = format!("a number from {least} to {most} is expected");
            self.0.push(Invalid::new("out_of_range", detail).at(place));
        }
    }

    /// What a name stands for.
    pub(crate) fn named<T: Copy>(
        &mut self,
        place: &str,
        name: &str,
        names: &[(&str, T)],
    ) -> Option<T> {
        let found = names.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let known: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
            let detail = format!("one of {} is expected", known.join(", "));
            self.0.push(Invalid::new("unknown_value", detail).at(place));
        }
        found.map(|(_, value)| *value)
    }

    /// Notes a list that is too long; tells whether it is not.
    pub(crate) fn count(&mut self, place: &str, count: usize, most: usize) -> bool {
        if count > most {
            let detail = format!("at most {most} are expected, there are {count}");
            self.0.push(Invalid::new("too_many", detail).at(place));
        }
        count <= most
    }

    /// What was read, unless something is wrong.
    pub(crate) fn or<T>(self, read: Option<T>) -> Result<T, Vec<FieldError>> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(self.0),
        }
    }
}

/// The name of a value among these: what [`Faults::named`] reads.
pub(crate) fn name_of<T: PartialEq + Copy>(wanted: T, names: &[(&str, T)]) -> String {
    let found = names.iter().find(|(_, value)| *value == wanted);
    found.map_or_else(String::new, |(name, _)| (*name).to_owned())
}
