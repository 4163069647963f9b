//! What is wrong with a form, beside its fields.

use grantd_model::FieldError;

use super::show::sentence;

/// The most faults that are told at once.
const MOST: usize = 30;

/// A fault beside its field.
#[derive(Debug, Clone)]
pub(in crate::console) struct Fault {
    pub(in crate::console) field: &'static str,
    pub(in crate::console) detail: String,
}

/// Faults by their fields.
pub(super) fn faults(errors: &[FieldError], field_of: impl Fn(&str) -> &'static str) -> Vec<Fault> {
    let faults = errors.iter().take(MOST).map(|error| Fault {
        field: field_of(&error.pointer),
        detail: sentence(&error.detail),
    });
    faults.collect()
}

/// What is wrong with a field.
pub(super) fn of<'a>(faults: &'a [Fault], field: &str) -> Option<&'a str> {
    let fault = faults.iter().find(|fault| fault.field == field);
    fault.map(|fault| fault.detail.as_str())
}

/// The field for a place in what is sent to the engine; the first that is the place or holds it.
pub(super) fn field_at(places: &[(&str, &'static str)], pointer: &str) -> Option<&'static str> {
    let found = places.iter().find(|(place, _)| {
        let rest = pointer.strip_prefix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    found.map(|(_, field)| *field)
}
