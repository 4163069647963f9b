//! Somebody changed a credential while its form was being filled: what differs, with both values, and a
//! way on that undoes nothing unseen.

use axum::http::StatusCode;
use axum::response::Response;
use grantd_model::Credential;

use super::edit::{Around, Subject, label_key, page};
use super::fields;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::merge::Fields;
use crate::console::pairs;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The fields of the form.
pub(super) const FIELDS: Fields = Fields {
    single: &SINGLE,
    groups: &GROUPS,
    label: label_key,
    words,
};

/// The fields that hold one value.
const SINGLE: [&str; 23] = [
    "name",
    "client_id",
    "secret_source",
    "token_endpoint",
    "method",
    "description",
    "owner",
    "labels",
    "provider",
    "secret_expires_at",
    "basic_encoding",
    "audience",
    "resources",
    "connect_timeout_s",
    "request_timeout_s",
    "ca_bundle",
    "egress_proxy",
    "bound_hosts",
    "allowed_mailboxes",
    "ref_source",
    "ref_path",
    "ref_key",
    "ref_version",
];

/// What stands in more than one field: its label's field, and the fields.
const GROUPS: [(&str, &[&str]); 3] = [
    ("scope", &["scope", "no_scope"]),
    (
        "parameters",
        &["parameter_name", "parameter_value", "parameter_kind"],
    ),
    ("headers", &["header_name", "header_value", "header_kind"]),
];

/// The form with what is there now in the fields that this person left alone, and what differs.
pub(super) async fn stale(visit: &Visit, now: Credential, form: &Form) -> Result<Response, Failed> {
    let theirs = fields::of_credential(&now);
    let (merged, stale) = FIELDS.overtaken(visit, form, &theirs, &now.updated);
    let around = Around {
        stale: Some(stale),
        secret_again: fields::holds_secret(form),
        ..Around::default()
    };
    let form = fields::to_send_back(&merged);
    let subject = Subject::Edit(Box::new(now));
    page(visit, &subject, &form, around, StatusCode::CONFLICT).await
}

/// A value to compare and to read.
fn words(t: &Texts, form: &Form, label: &str) -> String {
    let even = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    match label {
        "scope" if form.is_ticked("no_scope") => t.say("field.no_scope").to_owned(),
        "parameters" => pairs::words(t, form, "parameter"),
        "headers" => pairs::words(t, form, "header"),
        name => even(form.get(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_left_alone_is_theirs_and_what_both_changed_is_told() {
        let base = "name=a&scope=x&owner=o&parameter_name=p&parameter_value=1&parameter_kind=plain";
        let mine = base
            .replace("name=a&", "name=mine&")
            .replace("owner=o", "owner=me");
        let theirs =
            "name=theirs&no_scope=on&owner=o&header_name=H&header_value=&header_kind=secret";
        let parse = |text: &str| Form::parse(text.as_bytes());
        let texts = Texts::default();
        let base = FIELDS.base(&texts, &parse(base));
        let (merged, differ) = FIELDS.merge(&texts, &parse(&mine), &parse(&base), &parse(theirs));
        assert_eq!(merged.get("name"), "mine");
        assert_eq!(merged.get("owner"), "me");
        assert!(merged.is_ticked("no_scope"));
        assert_eq!(merged.find("scope"), None);
        assert_eq!(merged.find("parameter_name"), None);
        let told: Vec<(&str, bool)> = differ
            .iter()
            .map(|it| (it.label.as_str(), it.by_both))
            .collect();
        assert_eq!(
            told,
            [
                ("Name", true),
                ("Owner and contact", false),
                ("Scopes", false),
                ("Extra parameters", false)
            ]
        );
        assert_eq!(differ[3].mine, "p: 1");
    }
}
