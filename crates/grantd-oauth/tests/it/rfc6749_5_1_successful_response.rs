//! RFC 6749 section 5.1: the successful response, read as tolerantly as servers are sloppy.

use std::time::Duration;

use grantd_model::{Timestamp, TokenType};
use grantd_oauth::{FailureClass, LifetimeSource, MOST_BODY_BYTES, MOST_TOKEN_BYTES, TokenWarning};
use proptest::prelude::*;

use crate::support::{Answer, SENT, jwt};

fn lifetime(expires_in: &str) -> (u64, LifetimeSource, Vec<TokenWarning>) {
    let body = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{expires_in}}}"#);
    let response = Answer::json(200, &body).token();
    let end = SENT.plus(response.lifetime);
    assert_eq!(response.access_token.expires_at, end);
    (
        response.lifetime.as_secs(),
        response.lifetime_source,
        response.warnings,
    )
}

#[test]
fn the_standards_own_example() {
    let answer = Answer::json(
        200,
        r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,
           "example_parameter":"example_value"}"#,
    );
    let response = answer.token();
    assert_eq!(
        response.access_token.value.expose(),
        "2YotnFZFEjr1zCsicMWpAA"
    );
    assert_eq!(response.access_token.token_type, TokenType::Bearer);
    assert_eq!(response.lifetime, Duration::from_hours(1));
    assert_eq!(response.lifetime_source, LifetimeSource::ExpiresIn);
    assert!(response.warnings.is_empty());
}

#[test]
fn expires_in_counts_from_when_the_request_was_sent() {
    let answer = Answer::json(
        200,
        r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#,
    );
    let expected = Timestamp::from_seconds(SENT.as_seconds() + 60);
    assert_eq!(answer.token().access_token.expires_at, expected);
}

#[test]
fn expires_in_in_every_spelling() {
    for spelling in [
        "3600",
        "3600.0",
        "\"3600\"",
        "\" 3600\"",
        "3.6e3",
        "\"3600.9\"",
    ] {
        assert_eq!(
            lifetime(spelling),
            (3600, LifetimeSource::ExpiresIn, vec![]),
            "{spelling}"
        );
    }
}

#[test]
fn an_expires_in_that_is_no_lifetime_gives_the_default() {
    let used = LifetimeSource::Default;
    for spelling in [
        "0",
        "-1",
        "\"0\"",
        "\"\"",
        "\"never\"",
        "true",
        "[60]",
        "{\"s\":1}",
        "0.5",
    ] {
        let warning = TokenWarning::InvalidExpiresIn { used };
        assert_eq!(lifetime(spelling), (300, used, vec![warning]), "{spelling}");
    }
    let warning = TokenWarning::MissingExpiresIn { used };
    assert_eq!(lifetime("null"), (300, used, vec![warning]));
}

#[test]
fn a_very_long_lifetime_is_cut_to_ten_years() {
    for spelling in ["99999999999", "18446744073709551615", "1e200", "\"1e200\""] {
        let (seconds, _, warnings) = lifetime(spelling);
        assert_eq!(
            (seconds, warnings),
            (315_360_000, vec![TokenWarning::LongExpiresIn])
        );
    }
}

#[test]
fn exp_of_a_jwt_is_a_hint_if_it_is_ahead() {
    let of = |exp: i64| {
        let token = jwt(&format!(r#"{{"exp":{exp}}}"#));
        let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#);
        let response = Answer::json(200, &body).token();
        (response.lifetime.as_secs(), response.lifetime_source)
    };
    let sent = SENT.as_seconds();
    assert_eq!(of(sent + 3600), (3600, LifetimeSource::JwtExp));
    assert_eq!(
        of(sent + 1),
        (300, LifetimeSource::Default),
        "not ahead of the answer"
    );
    assert_eq!(of(sent - 3600), (300, LifetimeSource::Default));
    assert_eq!(of(i64::MAX), (315_360_000, LifetimeSource::JwtExp));
    assert_eq!(of(i64::MIN), (300, LifetimeSource::Default));
}

#[test]
fn expires_in_is_believed_before_exp() {
    let token = jwt(&format!(r#"{{"exp":{}}}"#, SENT.as_seconds() + 7200));
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":60}}"#);
    assert_eq!(
        Answer::json(200, &body).token().lifetime,
        Duration::from_mins(1)
    );
}

#[test]
fn refresh_in_is_taken_if_it_is_before_the_end() {
    let of = |refresh_in: &str| {
        let body = format!(
            r#"{{"access_token":"a","token_type":"Bearer","expires_in":86399,"refresh_in":{refresh_in}}}"#
        );
        let at = Answer::json(200, &body).token().refresh_at;
        at.map(|at| at.since(SENT).as_secs())
    };
    assert_eq!(of("43199"), Some(43199));
    assert_eq!(of("\"43199\""), Some(43199));
    for none in ["86399", "99999", "0", "-5", "null", "\"x\""] {
        assert_eq!(of(none), None, "{none}");
    }
}

#[test]
fn any_2xx_and_any_content_type_will_do() {
    let body = r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#;
    for (status, content_type) in [
        (200, "text/html"),
        (201, "application/json"),
        (203, ""),
        (299, "application/octet-stream"),
    ] {
        let response = Answer::of(status, content_type, body).token();
        assert!(response.warnings.is_empty());
    }
}

#[test]
fn a_byte_order_mark_and_white_space_are_no_obstacle() {
    let body =
        "\u{feff}\r\n {\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":60}\n";
    assert!(Answer::json(200, body).token().warnings.is_empty());
}

#[test]
fn no_token_is_no_success() {
    for body in [
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":null}"#,
        r#"{"access_token":7}"#,
        r#"{"access_token":true}"#,
        r#"{"access_token":{"value":"a"}}"#,
        r#"{"access_token":["a"]}"#,
    ] {
        assert_eq!(
            Answer::json(200, body).error().class,
            FailureClass::NoAccessToken,
            "{body}"
        );
    }
    let error = Answer::json(200, r#"{"data":{"token":"hunter2"},"status":"ok"}"#).error();
    assert_eq!(
        error.excerpt.as_deref(),
        Some("the answer has: data, status")
    );
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn a_token_that_would_end_a_header_is_refused() {
    for token in ["a\\r\\nhost: b", "a\\u0000", "caf\u{e9}", "a\\tb"] {
        let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#);
        assert_eq!(
            Answer::json(200, &body).error().class,
            FailureClass::UnsendableToken
        );
    }
}

#[test]
fn what_a_token_depends_on_is_there_once() {
    let whole = r#""access_token":"a","token_type":"Bearer","expires_in":60,"scope":"a""#;
    for (name, again) in [
        ("access_token", r#""hunter2""#),
        ("access_token", "null"),
        ("token_type", r#""Bearer""#),
        ("expires_in", "60"),
        ("scope", r#""b""#),
    ] {
        let error = Answer::json(200, &format!(r#"{{{whole},"{name}":{again}}}"#)).error();
        assert_eq!(error.class, FailureClass::RepeatedMember, "{name}");
        let told = format!("`{name}` is there twice");
        assert_eq!(error.excerpt.as_deref(), Some(&*told));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    let form = "access_token=a&token_type=Bearer&access_token=hunter2";
    let error = Answer::of(200, "application/x-www-form-urlencoded", form).error();
    assert_eq!(error.class, FailureClass::RepeatedMember);
    // what nothing depends on may be there as often as it likes
    let others = format!(r#"{{{whole},"x":1,"x":2,"refresh_token":"r","refresh_token":"r"}}"#);
    assert!(Answer::json(200, &others).parse().is_ok());
}

#[test]
fn nothing_and_rubbish_are_no_success() {
    for body in [
        "",
        "   ",
        "OK",
        "null",
        "[]",
        "7",
        "\"a\"",
        "{\"access_token\":\"a\"",
        "<html>",
    ] {
        let error = Answer::json(200, body).error();
        assert_eq!(error.class, FailureClass::UnreadableBody, "{body}");
        assert!(!error.is_configuration_fault());
    }
}

#[test]
fn a_token_in_a_broken_answer_is_not_quoted() {
    let body = r#"{"access_token":"hunter2","token_type":"Bearer""#;
    let error = Answer::json(200, body).error();
    assert!(!format!("{error:?}{error}").contains("hunter2"));
}

#[test]
fn more_than_a_mebibyte_is_not_read() {
    let filler = " ".repeat(MOST_BODY_BYTES);
    let body = format!(r#"{{"access_token":"a"{filler}}}"#);
    assert_eq!(
        Answer::json(200, &body).error().class,
        FailureClass::TooLarge
    );
    let body = format!(r#"{{"access_token":"a"{}}}"#, &filler[20..]);
    assert!(body.len() <= MOST_BODY_BYTES && Answer::json(200, &body).parse().is_ok());
}

#[test]
fn deep_nesting_is_no_trouble() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let ignored = format!(r#"{{"access_token":"a","token_type":"Bearer","x":{deep}}}"#);
        assert!(Answer::json(200, &ignored).parse().is_ok());
        for body in [
            deep.clone(),
            format!(r#"{{"access_token":"a","scope":{deep}}}"#),
            format!(r#"{{"access_token":"a","expires_in":{deep}}}"#),
            format!(r#"{{"error":{deep}}}"#),
        ] {
            let _ = Answer::json(200, &body).parse();
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        status in 100_u16..1000,
        content_type in "(application/json|text/plain|text/html|)",
        field in "\\PC{0,40}",
    ) {
        let answer = Answer {
            body: &bytes,
            retry_after: Some(&field),
            www_authenticate: &[&field],
            location: Some(&field),
            ..Answer::of(status, &content_type, "")
        };
        let _ = answer.parse();
    }

    #[test]
    fn any_members_give_an_answer(
        token in "\\PC{0,20}",
        expires_in in "(-?[0-9]{1,25}(\\.[0-9]{1,3})?(e-?[0-9]{1,2})?|null|true|\"[0-9.e-]{0,9}\"|\\[\\]|\\{\\})",
        error in "(null|\"\"|\"[a-z_]{1,20}\"|\\{\"code\":[0-9]{1,4}\\})",
    ) {
        let token = serde_json::to_string(&token).unwrap();
        let body = format!(
            r#"{{"access_token":{token},"expires_in":{expires_in},"error":{error}}}"#
        );
        if let Ok(response) = Answer::json(200, &body).parse() {
            prop_assert!(!response.lifetime.is_zero());
            prop_assert!(response.access_token.expires_at > SENT);
        }
    }
}

#[test]
fn a_token_that_no_header_can_carry_is_refused() {
    let longest = "a".repeat(MOST_TOKEN_BYTES);
    let too_long = format!("{longest}a");
    let body = |token: &str| format!(r#"{{"access_token":"{token}"}}"#);
    for token in [" a", "a ", too_long.as_str()] {
        let class = Answer::json(200, &body(token)).error().class;
        assert_eq!(class, FailureClass::UnsendableToken, "{token:.10}");
    }
    for token in ["a b", "a", longest.as_str()] {
        let response = Answer::json(200, &body(token)).token();
        assert_eq!(response.access_token.value.expose(), token);
    }
}
