//! RFC 6749 section 5.2: the error response, and the classes that callers act on.

use grantd_model::ErrorKind;
use grantd_oauth::FailureClass;

use crate::support::{Answer, EXAMPLE_SECRET};

#[test]
fn the_standards_own_example() {
    let error = Answer::json(400, r#"{"error":"invalid_request"}"#).error();
    assert_eq!(error.class, FailureClass::InvalidRequest);
    assert_eq!(error.code.as_deref(), Some("invalid_request"));
    assert_eq!(
        error.to_string(),
        "authorization server found the request invalid (invalid_request, status 400)"
    );
}

#[test]
fn each_code_has_its_class() {
    for (status, code, class) in [
        (401, "invalid_client", FailureClass::InvalidClient),
        (400, "invalid_client", FailureClass::InvalidClient),
        (400, "INVALID_CLIENT ", FailureClass::InvalidClient),
        (400, "unauthorized_client", FailureClass::UnauthorizedClient),
        (
            400,
            "unsupported_grant_type",
            FailureClass::UnsupportedGrantType,
        ),
        (400, "invalid_grant", FailureClass::InvalidGrant),
        (400, "invalid_scope", FailureClass::InvalidScope),
        (401, "invalid_scope", FailureClass::InvalidScope),
        (400, "invalid_target", FailureClass::InvalidTarget),
        (400, "invalid_resource", FailureClass::InvalidTarget),
        (403, "access_denied", FailureClass::AccessDenied),
        (400, "something_else", FailureClass::Refused),
        (404, "invalid_client", FailureClass::InvalidClient),
        (404, "Realm does not exist", FailureClass::NoSuchEndpoint),
    ] {
        let body = format!(r#"{{"error":"{code}"}}"#);
        let error = Answer::json(status, &body).error();
        assert_eq!(error.class, class, "{status} {code}");
        assert!(error.is_configuration_fault());
        assert_eq!(error.retry_after(), None);
    }
}

#[test]
fn without_a_code_the_status_decides() {
    for (status, body, class) in [
        (400, "", FailureClass::Refused),
        (401, "", FailureClass::InvalidClient),
        (403, "", FailureClass::InvalidClient),
        (403, "<html>no</html>", FailureClass::AccessDenied),
        (404, "", FailureClass::NoSuchEndpoint),
        (405, "", FailureClass::NoSuchEndpoint),
        (418, "", FailureClass::Refused),
    ] {
        let error = Answer::of(status, "", body).error();
        assert_eq!(error.class, class, "{status}");
        assert!(error.is_configuration_fault());
    }
}

#[test]
fn a_server_in_trouble_is_not_believed() {
    let body = r#"{"error":"invalid_client"}"#;
    for status in [408, 425, 500, 502, 503, 504, 599] {
        let error = Answer::json(status, body).error();
        assert_eq!(error.class, FailureClass::ServerError { retry_after: None });
        assert_eq!(error.kind(), ErrorKind::AuthorizationServerMisbehaved);
        assert!(!error.is_configuration_fault());
    }
    let error = Answer::json(429, body).error();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    for code in ["temporarily_unavailable", "server_error", "slow_down"] {
        let body = format!(r#"{{"error":"{code}"}}"#);
        assert!(
            !Answer::json(400, &body).error().is_configuration_fault(),
            "{code}"
        );
    }
}

#[test]
fn an_error_in_a_success_is_a_failure() {
    let body = r#"{"error":"invalid_client","access_token":"a","token_type":"Bearer"}"#;
    assert_eq!(
        Answer::json(200, body).error().class,
        FailureClass::InvalidClient
    );
    for nothing in ["null", "\"\"", "false"] {
        let body = format!(r#"{{"error":{nothing},"access_token":"a"}}"#);
        assert!(Answer::json(200, &body).parse().is_ok(), "{nothing}");
    }
}

#[test]
fn a_token_with_an_error_status_is_a_failure() {
    let body = r#"{"access_token":"hunter2","token_type":"Bearer"}"#;
    let error = Answer::json(400, body).error();
    assert_eq!(error.class, FailureClass::Refused);
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn descriptions_are_made_fit_for_people() {
    let long = "x".repeat(1000);
    let body =
        format!(r#"{{"error":"invalid_client","error_description":"a\u0000b\r\nc {long}"}}"#);
    let error = Answer::json(400, &body).error();
    let description = error.description.unwrap();
    assert!(description.starts_with("a b c x") && description.chars().count() == 200);
}

#[test]
fn a_repeated_secret_is_taken_out() {
    let body = format!(
        r#"{{"error":"bad {EXAMPLE_SECRET}","error_description":"no client with {EXAMPLE_SECRET}"}}"#
    );
    let error = Answer::json(400, &body).error();
    assert_eq!(error.description.as_deref(), Some("no client with •••"));
    assert!(!format!("{error:?} {error}").contains("jhyun"));
}

#[test]
fn other_shapes_of_errors_are_understood() {
    for (body, code, description) in [
        (
            r#"{"error":{"code":"x","message":"m"}}"#,
            Some("x"),
            Some("m"),
        ),
        (
            r#"{"error":{"code":401,"status":"UNAUTHENTICATED","message":"m"}}"#,
            Some("UNAUTHENTICATED"),
            Some("m"),
        ),
        (r#"{"error":{"code":401}}"#, Some("401"), None),
        (r#"{"error":{}}"#, Some("error"), None),
        (r#"{"error":"x","message":"m"}"#, Some("x"), Some("m")),
        (r#"[{"errorCode":"x","message":"m"}]"#, Some("x"), Some("m")),
        (r#"{"type":"about:blank","title":"t"}"#, None, Some("t")),
        (r#"{"error_description":"d"}"#, None, Some("d")),
        ("error=x&error_description=a+b%21", Some("x"), Some("a b!")),
    ] {
        let error = Answer::of(400, "", body).error();
        assert_eq!(error.code.as_deref(), code, "{body}");
        assert_eq!(error.description.as_deref(), description, "{body}");
        assert_eq!(error.excerpt, None, "{body}");
    }
}

#[test]
fn letters_that_are_no_utf_8_are_no_obstacle() {
    let answer = Answer {
        body: b"{\"error\":\"invalid_client\",\"error_description\":\"ung\xfcltig\"}",
        ..Answer::json(401, "")
    };
    let error = answer.error();
    assert_eq!(error.class, FailureClass::InvalidClient);
    // A secret could not be found in it.
    assert_eq!(error.description, None);
}

#[test]
fn every_class_has_a_code_and_a_sentence_of_its_own() {
    let classes = [
        FailureClass::InvalidClient,
        FailureClass::UnauthorizedClient,
        FailureClass::UnsupportedGrantType,
        FailureClass::InvalidGrant,
        FailureClass::InvalidScope,
        FailureClass::InvalidTarget,
        FailureClass::InvalidRequest,
        FailureClass::AccessDenied,
        FailureClass::Refused,
        FailureClass::NoSuchEndpoint,
        FailureClass::Redirected,
        FailureClass::UnsupportedTokenType,
        FailureClass::RateLimited { retry_after: None },
        FailureClass::ServerError { retry_after: None },
        FailureClass::NoAccessToken,
        FailureClass::UnsendableToken,
        FailureClass::RepeatedMember,
        FailureClass::UnreadableBody,
        FailureClass::TooLarge,
    ];
    for (position, class) in classes.iter().enumerate() {
        let sentence = class.to_string();
        assert!(
            !sentence.ends_with('.') && sentence.starts_with(char::is_lowercase),
            "{sentence}"
        );
        for other in &classes[position + 1..] {
            assert_ne!(class.code(), other.code());
            assert_ne!(sentence, other.to_string());
        }
    }
}
