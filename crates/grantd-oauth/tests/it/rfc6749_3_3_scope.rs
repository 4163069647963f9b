//! RFC 6749 section 3.3: scopes divided by spaces; what is granted may differ, and is told.

use grantd_oauth::TokenWarning;

use crate::support::{Answer, Request, body, scopes};

const TOKEN: &str = "opaque-TOKEN-9f8e7d6c5b4a";
const SECRET: &str = "sek-CANARY-SECRET";

fn granted(scope: &str, requested: Option<&'static str>) -> (Option<String>, Vec<TokenWarning>) {
    let body =
        format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":60,"scope":{scope}}}"#);
    let answer = Answer {
        requested_scope: requested,
        ..Answer::json(200, &body)
    };
    let response = answer.token();
    let scope = response.access_token.scope.map(String::from);
    (scope, response.warnings)
}

#[test]
fn scopes_are_sent_in_order_divided_by_spaces() {
    let request = Request {
        scope: Some("https://graph.microsoft.com/.default b"),
        ..Request::basic("a", "b")
    };
    assert_eq!(
        body(&request.build().unwrap()),
        "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20b"
    );
}

#[test]
fn no_scope_is_no_parameter() {
    let request = Request::basic("a", "b").build().unwrap();
    assert!(!body(&request).contains("scope"));
}

#[test]
fn the_same_scopes_in_any_order_are_no_difference() {
    let (scope, warnings) = granted("\"b a\"", Some("a b"));
    assert_eq!(scope.as_deref(), Some("b a"));
    assert!(warnings.is_empty());
}

#[test]
fn a_difference_is_told() {
    for (scope, requested) in [("\"a\"", "a b"), ("\"a b c\"", "a b"), ("\"A\"", "a")] {
        let (granted, warnings) = granted(scope, Some(requested));
        let granted = scopes(&granted.unwrap());
        assert_eq!(
            warnings,
            [TokenWarning::ScopeDiffers { granted }],
            "{scope}"
        );
    }
}

#[test]
fn no_scope_in_the_answer_means_what_was_asked() {
    for nothing in ["\"\"", "null", "\"  \""] {
        let (scope, warnings) = granted(nothing, Some("a b"));
        assert_eq!(scope.as_deref(), Some("a b"));
        assert!(warnings.is_empty());
    }
    assert_eq!(granted("null", None).0, None);
}

#[test]
fn what_was_not_asked_for_is_no_difference() {
    let (scope, warnings) = granted("\"a\"", None);
    assert_eq!(scope.as_deref(), Some("a"));
    assert!(warnings.is_empty());
}

#[test]
fn default_stands_for_what_was_consented_to() {
    let (_, warnings) = granted(
        "\"Mail.Read\"",
        Some("https://graph.microsoft.com/.default"),
    );
    assert!(warnings.is_empty());
}

#[test]
fn commas_and_arrays_are_understood() {
    for scope in ["\"a,b\"", "\"a, b\"", "[\"a\",\"b\"]"] {
        let (granted, warnings) = granted(scope, Some("a b"));
        assert_eq!(granted.as_deref(), Some("a b"), "{scope}");
        assert!(warnings.is_empty(), "{scope}");
    }
}

#[test]
fn what_is_no_scope_is_told_and_dropped() {
    let (scope, warnings) = granted(r#""a\"b""#, Some("a"));
    assert_eq!(
        (scope, warnings),
        (None, vec![TokenWarning::UnreadableScope])
    );
}

#[test]
fn a_scope_that_repeats_a_secret_or_the_token_is_not_shown() {
    for scope in [
        format!("read {SECRET}"),
        format!("read {TOKEN}"),
        format!("read {}", SECRET.to_ascii_uppercase()),
        format!("read x:{SECRET}:y"),
        "read sek-CANARY -SECRET".to_owned(),
    ] {
        let body = format!(
            r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":60,"scope":"{scope}"}}"#
        );
        for requested_scope in [Some("read"), None] {
            let answer = Answer {
                requested_scope,
                secret: Some(SECRET),
                ..Answer::json(200, &body)
            };
            let response = answer.token();
            let granted = response.access_token.scope.unwrap();
            assert_eq!(granted.to_string(), "read ***", "{scope}");
            let expected = requested_scope.map(|_| TokenWarning::ScopeDiffers { granted });
            assert_eq!(response.warnings, Vec::from_iter(expected));
        }
    }
}

#[test]
fn a_scope_that_was_asked_for_is_no_secret() {
    let body =
        r#"{"access_token":"read-all","token_type":"Bearer","expires_in":60,"scope":"read-all"}"#;
    let answer = Answer {
        requested_scope: Some("read-all"),
        secret: Some(SECRET),
        ..Answer::json(200, body)
    };
    let response = answer.token();
    assert!(response.warnings.is_empty());
    assert_eq!(response.access_token.scope.unwrap().to_string(), "read-all");
}
