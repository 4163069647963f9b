//! Which field of the form a fault is of, and which of its values.

use grantd_model::{ConsumerDraft, FieldError};

use crate::console::fault::{self, Fault};

/// Where each member of a draft is typed; those that hold others come after them.
const PLACES: [(&str, &str); 30] = [
    ("/slug", "slug"),
    ("/description", "description"),
    ("/labels", "labels"),
    ("/base_url", "base_url"),
    ("/addresses", "addresses"),
    ("/ca_bundle", "ca_bundle"),
    ("/http", "http"),
    ("/credential", "credential"),
    ("/scope", "scope"),
    ("/token_header", "token_header"),
    ("/token_prefix", "token_prefix"),
    ("/headers", "headers"),
    ("/callers", "callers"),
    ("/hosts", "hosts"),
    ("/methods", "methods"),
    ("/paths", "paths"),
    ("/remove_headers", "remove_headers"),
    ("/rejected/header/contains", "rejected_contains"),
    ("/rejected/header", "rejected_header"),
    ("/rejected/body", "rejected_body"),
    ("/rejected", "statuses"),
    ("/replay_bytes", "replay_bytes"),
    ("/limits/requests_per_second", "requests_per_second"),
    ("/limits/burst", "burst"),
    ("/limits", "concurrent"),
    ("/timeouts/connect_s", "connect_s"),
    ("/timeouts/answer_s", "answer_s"),
    ("/timeouts", "idle_s"),
    ("/method", "test_method"),
    ("/path", "test_path"),
];

/// The fields in the order in which they stand.
const ORDER: [&str; 15] = [
    "name",
    "base_url",
    "slug",
    "description",
    "labels",
    "addresses",
    "ca_bundle",
    "http",
    "credential",
    "scope",
    "token_header",
    "token_prefix",
    "headers",
    "callers",
    "hosts",
];

/// Faults by their fields, in the order in which the fields stand; of one among many, with its value.
pub(super) fn faults(draft: &ConsumerDraft, errors: &[FieldError]) -> Vec<Fault> {
    let mut faults = fault::faults(errors, field_of);
    for (fault, error) in faults.iter_mut().zip(errors) {
        if let Some(value) = value_at(draft, &error.pointer) {
            fault.detail = format!("{value}: {}", fault.detail);
        }
    }
    faults.sort_by_key(|fault| {
        let place = ORDER.iter().position(|field| *field == fault.field);
        place.unwrap_or(ORDER.len())
    });
    faults
}

fn field_of(pointer: &str) -> &'static str {
    fault::field_at(&PLACES, pointer).unwrap_or("name")
}

/// What was typed as one of many; never a secret.
fn value_at(draft: &ConsumerDraft, pointer: &str) -> Option<String> {
    let mut parts = pointer.split('/').skip(1);
    let list = parts.next()?;
    let place: usize = parts.next()?.parse().ok()?;
    let of = |values: &[String]| values.get(place).cloned();
    let value = match list {
        "addresses" => of(&draft.addresses),
        "hosts" => of(&draft.hosts),
        "methods" => of(&draft.methods),
        "paths" => of(&draft.paths),
        "remove_headers" => of(&draft.remove_headers),
        "headers" => draft.headers.get(place).map(|it| it.name.clone()),
        _ => None,
    };
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use grantd_model::Invalid;
    use grantd_model::consumer::HeaderDraft;

    use super::*;

    #[test]
    fn a_fault_stands_beside_its_field_and_names_the_value() {
        let draft = ConsumerDraft {
            hosts: vec!["a.example".to_owned(), "b:80".to_owned()],
            headers: vec![HeaderDraft {
                name: "x-key".to_owned(),
                value: Some("CANARY".into()),
                secret: true,
            }],
            ..ConsumerDraft::default()
        };
        let told = |pointer: &str| {
            let error = Invalid::new("wrong", "a thing is expected").at(pointer);
            let fault = faults(&draft, &[error]).remove(0);
            (fault.field, fault.detail)
        };
        let plain = "A thing is expected.";
        for (pointer, field, detail) in [
            ("/hosts/1", "hosts", "b:80: A thing is expected."),
            ("/hosts", "hosts", plain),
            ("/headers/0/value", "headers", "x-key: A thing is expected."),
            ("/headers/7/name", "headers", plain),
            ("/rejected/header/contains", "rejected_contains", plain),
            ("/rejected/header/name", "rejected_header", plain),
            ("/rejected/statuses/1", "statuses", plain),
            ("/limits/concurrent", "concurrent", plain),
            ("/timeouts/idle_s", "idle_s", plain),
            ("/method", "test_method", plain),
            ("/methods/9", "methods", plain),
            ("/path", "test_path", plain),
            ("/labels/a~b", "labels", plain),
            ("", "name", plain),
        ] {
            assert_eq!(told(pointer), (field, detail.to_owned()), "{pointer}");
        }
    }
}
