//! Documents of webhooks against `docs/schemas/alert-v1.json`.

use std::collections::BTreeSet;

use grantd_model::alert::AlertType;
use serde_json::Value;

use super::{full, plain};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/schemas/alert-v1.json")).unwrap()
}

fn names(value: &Value) -> BTreeSet<&str> {
    let members = value.as_object().unwrap().keys();
    members.map(String::as_str).collect()
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let required = schema["required"].as_array();
    let required = required.into_iter().flatten();
    required.filter_map(Value::as_str).collect()
}

#[test]
fn every_member_is_in_the_schema_and_the_schema_has_no_other() {
    let schema = schema();
    let (all, least) = (
        serde_json::to_value(full()).unwrap(),
        serde_json::to_value(plain()).unwrap(),
    );
    let data = &schema["properties"]["data"];
    for (document, part, of) in [
        (&all, &least, &schema),
        (&all["data"], &least["data"], data),
    ] {
        assert_eq!(names(document), names(&of["properties"]));
        assert_eq!(names(part), required(of));
    }
    for name in ["installation", "object"] {
        let of = &data["properties"][name];
        assert_eq!(names(&all["data"][name]), names(&of["properties"]));
    }
}

#[test]
fn every_type_is_in_the_schema() {
    let schema = schema();
    let known = schema["properties"]["type"]["oneOf"].as_array().unwrap();
    let known: Vec<&str> = known
        .iter()
        .map(|it| it["const"].as_str().unwrap())
        .collect();
    let all: Vec<&str> = AlertType::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(known, all);
}

#[test]
fn the_document_is_this() {
    insta::assert_json_snapshot!(full());
}
