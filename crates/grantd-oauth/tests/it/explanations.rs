//! Every numbered code of the tables is found in the answer that would carry it.

use grantd_oauth::{MOST_BODY_BYTES, explain, explain::all};

use crate::support::Answer;

#[test]
fn each_numbered_code_is_found() {
    let mut found = 0;
    for entry in all() {
        let body = if entry.code.starts_with("AADSTS") || entry.code.starts_with("MSIS") {
            format!(
                r#"{{"error":"invalid_request","error_description":"{}: text"}}"#,
                entry.code
            )
        } else if entry.code.starts_with("E0") {
            format!(r#"{{"errorCode":"{}","errorSummary":"text"}}"#, entry.code)
        } else {
            continue;
        };
        assert_eq!(explain(&Answer::json(400, &body).error()), Some(entry));
        found += 1;
    }
    assert!(found >= 60, "{found}");
}

#[test]
fn each_oauth_code_is_found() {
    for code in [
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "unauthorized_client",
        "unsupported_grant_type",
    ] {
        let body = format!(r#"{{"error":"{code}"}}"#);
        assert_eq!(
            explain(&Answer::json(400, &body).error()).unwrap().code,
            code
        );
    }
}

#[test]
fn entra_says_more_than_the_oauth_code() {
    let body = r#"{"error":"invalid_request","error_codes":[90002]}"#;
    assert_eq!(
        explain(&Answer::json(400, body).error()).unwrap().code,
        "AADSTS90002"
    );
    let body = r#"{"error":"invalid_request","error_codes":[1]}"#;
    assert_eq!(
        explain(&Answer::json(400, body).error()).unwrap().code,
        "invalid_request"
    );
}

#[test]
fn the_unknown_is_not_explained() {
    let body = r#"{"error":"flux_capacitor"}"#;
    assert_eq!(explain(&Answer::json(400, body).error()), None);
}

#[test]
fn each_kind_of_answer_is_found() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    let large = " ".repeat(MOST_BODY_BYTES + 1);
    for (code, status, body) in [
        ("empty_refusal", 401, ""),
        ("page_refusal", 403, page),
        ("page", 200, page),
        ("empty_body", 200, ""),
        ("invalid_client", 401, "no such client"),
        ("access_denied", 403, "not from here"),
        ("no_such_endpoint", 404, page),
        ("redirected", 302, ""),
        (
            "unsupported_token_type",
            200,
            r#"{"access_token":"a","token_type":"mac"}"#,
        ),
        ("no_access_token", 200, "{}"),
        ("unsendable_token", 200, r#"{"access_token":"a\nb"}"#),
        (
            "repeated_member",
            200,
            r#"{"access_token":"a","access_token":"b"}"#,
        ),
        ("unreadable_body", 200, "token"),
        ("too_large", 200, &large),
        ("rate_limited", 429, ""),
        ("server_error", 503, page),
    ] {
        let error = Answer::of(status, "text/html", body).error();
        assert_eq!(explain(&error).map(|found| found.code), Some(code));
    }
}
