//! RFC 8707 section 2: resource indicators.

use grantd_oauth::FailureClass;

use crate::support::{Answer, Request, form};

#[test]
fn each_resource_is_a_parameter_of_its_own() {
    let request = Request {
        resources: vec![
            "https://cal.example.com/",
            "urn:example:contacts",
            "https://x.example/?a=b&c",
        ],
        ..Request::basic("a", "b")
    };
    let sent = form(&request.build().unwrap());
    let resources: Vec<&str> = sent
        .iter()
        .filter(|(name, _)| name == "resource")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(resources, request.resources);
}

#[test]
fn an_invalid_target_is_a_fault_of_the_configuration() {
    let error = Answer::json(400, r#"{"error":"invalid_target"}"#).error();
    assert_eq!(error.class, FailureClass::InvalidTarget);
    assert!(error.is_configuration_fault());
}
