//! RFC 9110 section 11.6.1: challenges, and the errors that RFC 6750 section 3 puts into them.

use grantd_oauth::{FailureClass, parse_challenges};
use proptest::prelude::*;

use crate::support::Answer;

#[test]
fn an_error_in_the_challenge_is_read_where_the_body_has_none() {
    let answer = Answer {
        www_authenticate: &[
            "Basic realm=\"token\"",
            "Bearer error=\"invalid_client\", error_description=\"no such client\"",
        ],
        ..Answer::of(401, "", "")
    };
    let error = answer.error();
    assert_eq!(error.class, FailureClass::InvalidClient);
    assert_eq!(error.code.as_deref(), Some("invalid_client"));
    assert_eq!(error.description.as_deref(), Some("no such client"));
}

#[test]
fn the_body_is_believed_before_the_challenge() {
    let answer = Answer {
        www_authenticate: &["Bearer error=\"invalid_token\""],
        ..Answer::json(400, r#"{"error":"invalid_scope"}"#)
    };
    assert_eq!(answer.error().class, FailureClass::InvalidScope);
}

#[test]
fn the_standards_own_example() {
    let read = parse_challenges(&[
        "Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"",
    ]);
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].parameter("realm"), Some("simple"));
    assert_eq!(read[1].scheme, "newauth");
    assert_eq!(read[1].parameter("title"), Some("Login to \"apps\""));
}

#[test]
fn a_claims_challenge_is_read() {
    let read = parse_challenges(&[
        "Bearer realm=\"\", authorization_uri=\"https://login.example/common\", \
         error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"",
    ]);
    assert_eq!(read[0].parameter("error"), Some("insufficient_claims"));
    assert_eq!(
        read[0].parameter("claims"),
        Some("eyJhY2Nlc3NfdG9rZW4iOnt9fQ==")
    );
}

proptest! {
    #[test]
    fn any_field_gives_an_answer(field in "([A-Za-z]{0,6}[ =\",\\\\]{0,3}\\PC{0,3}){0,8}") {
        let _ = parse_challenges(&[&field]);
    }
}
