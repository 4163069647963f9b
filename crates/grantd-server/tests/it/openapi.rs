//! The document itself.

use grantd_server::openapi_json;
use serde_json::Value;

#[test]
fn it_is_openapi_3_1_and_as_accepted() {
    let document = openapi_json();
    assert_eq!(document["openapi"], "3.1.0");
    insta::assert_json_snapshot!("openapi", document);
}

#[test]
fn every_operation_is_described_and_says_what_all_answer() {
    let document = openapi_json();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty(), "{name}");
            assert!(
                ids.insert(operation["operationId"].to_string()),
                "{name}: its id is another's"
            );
            assert!(operation["tags"].is_array(), "{name}");
            let responses = operation["responses"].as_object().unwrap();
            for status in ["401", "421", "500", "503"] {
                assert!(responses.contains_key(status), "{name} {status}");
            }
            for (status, response) in responses {
                let media = response["content"].as_object();
                let expected = match (status.as_str(), status.starts_with('2')) {
                    ("202" | "204", _) => None,
                    (_, true) => Some(match operation["operationId"].as_str() {
                        Some("export_audit") => "application/x-ndjson",
                        Some("create_backup") => "application/vnd.grantd.backup",
                        _ => "application/json",
                    }),
                    (_, false) => Some("application/problem+json"),
                };
                let found = media.and_then(|media| media.keys().next());
                assert_eq!(found.map(String::as_str), expected, "{name} {status}");
            }
        }
    }
}

#[test]
fn every_member_that_goes_in_or_out_is_described() {
    let document = openapi_json();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let form = &schemas["CredentialForm"];
    for (name, member) in form["properties"].as_object().unwrap() {
        assert!(described(member), "CredentialForm {name}");
    }
    assert_eq!(form["properties"]["client_secret"]["writeOnly"], true);
    assert_eq!(form["additionalProperties"], false);
}

fn described(member: &Value) -> bool {
    let text = |value: &Value| {
        value["description"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    };
    let parts = member["oneOf"].as_array();
    text(member) || parts.is_some_and(|parts| parts.iter().any(text))
}
