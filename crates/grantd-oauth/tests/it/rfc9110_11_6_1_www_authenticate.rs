//! RFC 9110 section 11.6.1: challenges, of a token endpoint or of a resource.

use grantd_oauth::{Challenge, FailureClass, parse_challenges};
use proptest::prelude::*;

use crate::support::{Answer, challenge_field};

fn one(field: &str) -> Challenge {
    let mut read = parse_challenges(&[field]);
    assert_eq!(read.len(), 1, "{field}: {read:?}");
    read.remove(0)
}

fn schemes(fields: &[&str]) -> Vec<String> {
    let read = parse_challenges(fields);
    read.into_iter().map(|each| each.scheme).collect()
}

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
fn several_fields_are_one_list() {
    let fields = [
        "Bearer realm=\"a\"",
        "",
        " , Basic realm=\"b\" ,, Negotiate",
    ];
    assert_eq!(schemes(&fields), ["bearer", "basic", "negotiate"]);
}

#[test]
fn a_challenge_that_is_alone_takes_no_parameters_of_the_next() {
    let read = parse_challenges(&["Bearer, DPoP algs=\"ES256\", Basic"]);
    assert!(read[0].parameters.is_empty());
    assert_eq!(read[1].parameter("algs"), Some("ES256"));
    assert!(read[2].parameters.is_empty());
}

#[test]
fn commas_equals_signs_and_schemes_in_quotation_marks_are_text() {
    let read = one(r#"Digest qop="auth,auth-int", nonce="Bearer error=\"x\", y=1", stale=false"#);
    assert_eq!(read.parameter("qop"), Some("auth,auth-int"));
    assert_eq!(read.parameter("nonce"), Some("Bearer error=\"x\", y=1"));
    assert_eq!(read.parameter("stale"), Some("false"));
}

#[test]
fn quoted_pairs_are_unquoted() {
    let read = one(r#"Basic realm="a\\\"b\c\	", title="""#);
    assert_eq!(read.parameter("realm"), Some("a\\\"bc\t"));
    assert_eq!(read.parameter("title"), Some(""));
}

#[test]
fn a_token68_is_kept_apart_from_parameters() {
    let read = parse_challenges(&["Negotiate oY/+-._~==, Basic realm=\"x\", NTLM TlRM"]);
    assert_eq!(read[0].token68.as_deref(), Some("oY/+-._~=="));
    assert_eq!(read[1].token68, None);
    assert_eq!(read[1].parameter("realm"), Some("x"));
    assert_eq!(read[2].token68.as_deref(), Some("TlRM"));
    // White space around `=` is bad, and there (RFC 9110 section 5.6.3).
    let read = one("Basic realm =\t\"x\"");
    assert_eq!((read.token68, read.parameters.len()), (None, 1));
}

#[test]
fn names_have_no_case_and_values_have() {
    let read = one("BEARER Error=\"Invalid_Token\"");
    assert_eq!(read.scheme, "bearer");
    assert_eq!(read.parameter("error"), Some("Invalid_Token"));
}

#[test]
fn of_repeated_parameters_the_first_counts() {
    let read = one("Bearer error=\"a\", ERROR=\"b\", error=c");
    assert_eq!(read.parameters, [("error".to_owned(), "a".to_owned())]);
}

#[test]
fn values_that_lack_their_quotation_marks_are_read() {
    let read = one("Bearer error=invalid_token, uri=https://a.example/x?y=z, claims=eyJ9==, x=");
    assert_eq!(read.parameter("error"), Some("invalid_token"));
    assert_eq!(read.parameter("uri"), Some("https://a.example/x?y=z"));
    assert_eq!(read.parameter("claims"), Some("eyJ9=="));
    assert_eq!(read.parameter("x"), Some(""));
    let read = one("Bearer a=1, realm=, error=\"invalid_token\"");
    assert_eq!(read.parameter("realm"), Some(""));
    assert_eq!(read.parameter("error"), Some("invalid_token"));
}

#[test]
fn missing_commas_are_forgiven() {
    let read = one("Bearer realm=\"x\" error=\"invalid_token\" error_description=\"no\"");
    assert_eq!(read.parameters.len(), 3);
}

#[test]
fn what_is_malformed_ends_its_field_and_no_other() {
    for (field, expected) in [
        ("Bearer a=\"1\", b=\"open, Basic", 1),
        ("Bearer a=\"1\", b=\"c\\", 1),
        ("Bearer a=\"1\", b=\"\u{1b}[0m\", c=\"2\"", 1),
        ("Bearer a=\"1\", b=\"\u{7f}\"", 1),
        ("Bearer a=\"1\", b=\"\\\r\n\"", 1),
        ("Bearer a=1; b=2", 1),
        ("Bearer a=\"1\" \u{0} b=\"2\"", 1),
    ] {
        let read = parse_challenges(&[field, "DPoP algs=\"ES256\""]);
        assert_eq!(read[0].parameters.len(), expected, "{field:?}");
        assert_eq!(read.last().unwrap().scheme, "dpop", "{field:?}");
    }
    for field in ["=", "\"x\"", "realm=\"x\", Basic", "(Basic)"] {
        assert!(schemes(&[field]).is_empty(), "{field}");
    }
}

#[test]
fn there_is_a_most_of_everything() {
    let many = "Bearer, ".repeat(40);
    assert_eq!(parse_challenges(&[&many, &many]).len(), 16);
    let names: Vec<String> = (0..99).map(|number| format!("p{number}=1")).collect();
    let read = one(&format!("Bearer {}", names.join(",")));
    assert_eq!(read.parameters.len(), 32);
    let long = format!("Bearer error=\"{}\"", "x y ".repeat(999));
    assert!(one(&long).shown("error").unwrap().chars().count() <= 200);
}

#[test]
fn what_is_shown_is_one_line() {
    let read = one("Bearer error_description=\"a\tb \u{202e}c\u{2028}d\"");
    assert_eq!(read.shown("error_description").as_deref(), Some("a b c d"));
    assert_eq!(read.shown("error"), None);
}

proptest! {
    #[test]
    fn what_is_read_is_read_again(field in "([A-Za-z]{0,6}[ =\",\\\\]{0,3}\\PC{0,3}){0,8}") {
        let read = parse_challenges(&[&field]);
        prop_assert_eq!(parse_challenges(&[&challenge_field(&read)]), read);
    }
}
