//! RFC 6749 section 3.2: POST, the query kept, nothing empty, nothing twice.

use grantd_model::{ErrorKind, Parameter, Secret};
use grantd_oauth::{BuildError, RequestValue};

use crate::support::{Request, body, form, header, plain};

#[test]
fn it_is_a_post_of_a_form_that_asks_for_json() {
    let request = Request::basic("a", "b").build().unwrap();
    assert_eq!(request.method, "POST");
    let value = |name| header(&request, name).unwrap().expose().as_str();
    assert_eq!(value("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(value("accept"), "application/json");
}

#[test]
fn the_query_of_the_endpoint_is_kept() {
    let request = Request {
        endpoint: "https://server.example.com/token?tenant=a%20b&x=",
        ..Request::post("a", "b")
    };
    let url = request.build().unwrap().url;
    assert_eq!(
        url.as_str(),
        "https://server.example.com/token?tenant=a%20b&x="
    );
}

#[test]
fn parameters_without_a_value_are_left_out() {
    let request = Request {
        parameters: vec![plain("empty", ""), plain("full", "1")],
        ..Request::basic("a", "b")
    };
    assert_eq!(
        body(&request.build().unwrap()),
        "grant_type=client_credentials&full=1"
    );
}

#[test]
fn parameters_are_not_repeated() {
    let request = Request {
        parameters: vec![plain("x", "1"), plain("x", "2")],
        ..Request::basic("a", "b")
    };
    let error = request.build().unwrap_err();
    assert_eq!(error, BuildError::RepeatedParameter("x".to_owned()));
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[test]
fn parameters_of_the_protocol_have_no_second_way() {
    for name in [
        "grant_type",
        "client_id",
        "client_secret",
        "scope",
        "client_assertion",
        "",
    ] {
        let request = Request {
            parameters: vec![plain(name, "x")],
            ..Request::basic("a", "b")
        };
        let error = request.build().unwrap_err();
        assert!(matches!(error, BuildError::ParameterName { .. }), "{name}");
    }
}

#[test]
fn extra_headers_are_sent_and_checked() {
    let with = |headers| Request {
        headers,
        ..Request::basic("a", "b")
    };
    let key = Parameter {
        name: "x-api-key".to_owned(),
        value: RequestValue::Secret(Secret::from("k")),
    };
    let request = with(vec![key, plain("x-tenant-id", "7")]).build().unwrap();
    assert!(header(&request, "x-api-key").unwrap().is_secret());
    assert_eq!(header(&request, "x-tenant-id").unwrap().expose(), "7");

    for (name, value) in [
        ("authorization", "Bearer x"),
        ("X-Upper", "x"),
        ("x y", "x"),
        ("x", "a\r\nhost: evil"),
        ("x", "caf\u{e9}"),
    ] {
        let error = with(vec![plain(name, value)]).build().unwrap_err();
        assert!(
            matches!(error, BuildError::Header { .. }),
            "{name}: {value}"
        );
        assert!(!error.to_string().contains("evil"));
    }
    let error = with(vec![plain("x", "1"), plain("x", "2")])
        .build()
        .unwrap_err();
    assert_eq!(error, BuildError::RepeatedHeader("x".to_owned()));
}

#[test]
fn extra_parameters_are_encoded() {
    let request = Request {
        parameters: vec![
            plain("claims", "{\"a\": [1, \"&=+\"]}"),
            plain("a b", "\u{e9}"),
        ],
        ..Request::basic("a", "b")
    };
    let request = request.build().unwrap();
    let sent = form(&request);
    assert_eq!(sent[1].1, "{\"a\": [1, \"&=+\"]}");
    assert_eq!(sent[2], ("a b".to_owned(), "\u{e9}".to_owned()));
}
