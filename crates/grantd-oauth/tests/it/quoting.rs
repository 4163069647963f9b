//! What is quoted of an answer: never what may be a token or a secret.

use grantd_oauth::{FailureClass, TokenError, explain};

use crate::support::Answer;

const TOKEN: &str = "opaque-TOKEN-9f8e7d6c5b4a";
const SECRET: &str = "sek-CANARY-SECRET";

fn answer<'a>(status: u16, content_type: &'a str, body: &'a str) -> Answer<'a> {
    Answer {
        secret: Some(SECRET),
        ..Answer::of(status, content_type, body)
    }
}

/// Everything that is told of an error.
fn told(error: &TokenError) -> String {
    format!("{error} {error:?}")
}

/// The error, which must not hold a piece of token or secret.
fn quiet(answer: &Answer<'_>) -> TokenError {
    let error = answer.error();
    let told = told(&error).to_ascii_lowercase();
    for piece in ["9f8e", "canary", "-secret", "c a n"] {
        assert!(!told.contains(piece), "{piece}: {told}");
    }
    error
}

#[test]
fn a_success_that_is_no_page_is_not_quoted() {
    for body in [
        format!("<r><token>{TOKEN}</token></r>"),
        format!("<?xml version=\"1.0\"?><!DOCTYPE r><r>{TOKEN}</r>"),
        format!("callback({{\"Token\":\"{TOKEN}\"}});"),
        format!("{{'token': '{TOKEN}'}}"),
        format!("\"{TOKEN}\""),
        format!("token={TOKEN}"),
        format!("token: {TOKEN}"),
        TOKEN.to_owned(),
        "onlylettersofatoken".to_owned(),
        "<token>onlylettersofatoken</token>".to_owned(),
    ] {
        for content_type in ["application/json", "text/plain", "text/html", ""] {
            let error = quiet(&answer(200, content_type, &body));
            assert_eq!(error.class, FailureClass::UnreadableBody, "{body}");
            assert!(!told(&error).contains("onlyletters"), "{error:?}");
            assert_eq!(explain(&error).unwrap().code, "unreadable_body");
        }
    }
}

#[test]
fn of_a_page_the_words_are_shown_that_are_no_token() {
    let uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    let long = "abcdefgh".repeat(4);
    for start in [
        "<!doctype HTML><title>Sign in</title>",
        "<HTML lang=en><head><title>Sign in</title></head>",
        "\u{feff}<?xml version=\"1.0\"?>\n<!-- x --><html><title>Sign in</title>",
    ] {
        let body = format!("{start}<body>Now {TOKEN} or {uuid} or {long}, 502</body>");
        let error = quiet(&answer(200, "", &body));
        assert_eq!(
            error.excerpt.as_deref(),
            Some("HTML page: Sign in · Now ••• or ••• or •••, 502"),
        );
        assert_eq!(explain(&error).unwrap().code, "page");
    }
    let error = quiet(&answer(200, "", "<html><script>1</script>"));
    assert_eq!(error.excerpt.as_deref(), Some("HTML page: without text"));
    let page = "<html><body><pre>access_token: hunter</pre>";
    let error = quiet(&answer(200, "", page));
    assert!(!told(&error).contains("hunter"));
    assert_eq!(explain(&error).unwrap().code, "page");
}

#[test]
fn of_json_only_the_members_of_errors_are_quoted() {
    for status in [200, 400, 401, 403, 500] {
        for body in [
            format!(r#"{{"token":"{TOKEN}"}}"#),
            format!(r#"{{"data":{{"token":"{TOKEN}"}}}}"#),
            format!(r#"[{{"token":"{TOKEN}"}}]"#),
            format!(r#"["{TOKEN}"]"#),
            format!(r#""{TOKEN}""#),
            format!(r#"{{"token":"{TOKEN}""#),
            format!(r#"callback({{"token":"{TOKEN}"}})"#),
        ] {
            quiet(&answer(status, "application/json", &body));
        }
    }
    let error = quiet(&answer(
        500,
        "",
        r#"{"token":"hunter","detail":"Try later"}"#,
    ));
    assert_eq!(error.description.as_deref(), Some("Try later"));
    let error = quiet(&answer(500, "", r#"{"token":"hunter"}"#));
    assert_eq!(error.excerpt.as_deref(), Some("the answer has: token"));
}

#[test]
fn names_of_members_are_listed_where_they_are_known() {
    let body = format!(r#"{{"{TOKEN}":1,"Data":2,"{SECRET}":3,"lettersalone":4,"status":5}}"#);
    for status in [200, 500] {
        let error = quiet(&answer(status, "", &body));
        assert_eq!(
            error.excerpt.as_deref(),
            Some("the answer has: Data, status, 3 others")
        );
    }
    let error = quiet(&answer(200, "", r#"{"lettersalone":1}"#));
    assert_eq!(error.excerpt.as_deref(), Some("the answer has: 1 other"));
}

#[test]
fn a_message_in_a_success_shows_no_token() {
    let body = format!(r#"{{"message":"take {TOKEN} please"}}"#);
    let error = quiet(&answer(200, "", &body));
    assert_eq!(error.description.as_deref(), Some("take ••• please"));
    let body = format!(r#"{{"access_token":"{TOKEN}","error":"x","message":"{TOKEN}"}}"#);
    for status in [200, 400] {
        let error = quiet(&answer(status, "", &body));
        assert_eq!(error.description.as_deref(), Some("•••"));
    }
}

#[test]
fn prose_of_a_refusal_is_quoted() {
    let text = "upstream connect error, trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    let error = quiet(&answer(503, "text/plain", text));
    assert_eq!(error.excerpt.as_deref(), Some(text));
    let body = format!("no {TOKEN}; no");
    let error = quiet(&answer(503, "text/plain", &body));
    assert_eq!(error.excerpt.as_deref(), Some("no •••; no"));
}

#[test]
fn a_token_type_that_repeats_the_token_is_not_shown() {
    for (token, token_type) in [
        (TOKEN, TOKEN.to_owned()),
        (TOKEN, TOKEN.to_ascii_uppercase()),
        (TOKEN, format!("mac {TOKEN}")),
        ("hunter", "Hunter".to_owned()),
        ("x", "x".to_owned()),
        ("y", SECRET.to_owned()),
    ] {
        let body = format!(r#"{{"access_token":"{token}","token_type":"{token_type}"}}"#);
        let error = quiet(&answer(200, "", &body));
        assert_eq!(error.class, FailureClass::UnsupportedTokenType);
        let shown = error.excerpt.unwrap();
        assert!(
            ["token_type: •••", "token_type: mac •••"].contains(&&*shown),
            "{shown}"
        );
    }
}

#[test]
fn a_body_that_is_no_utf_8_is_not_quoted() {
    let text = format!("<html>{TOKEN} t o k {SECRET} C A N A R Y");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [&b"\xff\xfe"[..], &little].concat();
    let latin = [&b"\xe4 "[..], text.as_bytes()].concat();
    let with_nul = b"<html>sek-CAN\0ARY";
    for status in [200, 400, 503] {
        for body in [&little[..], &big, &marked, &latin, with_nul] {
            let answer = Answer {
                body,
                ..answer(status, "text/html", "")
            };
            assert_eq!(
                quiet(&answer).excerpt.as_deref(),
                Some("not shown, for it is no text")
            );
        }
    }
}

#[test]
fn a_secret_is_seen_in_any_case_and_in_pieces() {
    for text in [
        "SEK-CANARY-SECRET",
        "Sek-Canary-Secret",
        "<b>sek-CANARY</b>-SECRET",
        "<b>SEK</b>-<i class='x'>canary</i>-<wbr/>secret",
        "sek-CANARY -SECRET",
        "s e k - C A N A R Y - S E C R E T",
        "sek-CAN\u{200b}ARY-SECRET",
        "sek&hyphen;CANARY&dash;SECRET",
        "sek&#8203;-CANARY&shy;-SECRET",
    ] {
        let json = serde_json::to_string(text).unwrap();
        let page = format!("<html><body>no client {text}</body></html>");
        quiet(&answer(403, "text/html", &page));
        quiet(&answer(200, "text/html", &page));
        if !text.contains("&#8203;") {
            quiet(&answer(403, "text/plain", &format!("no client {text}")));
            let body = format!(r#"{{"error":{json},"error_description":{json}}}"#);
            quiet(&answer(400, "", &body));
        }
    }
    let answer = Answer {
        secret: Some("geheim-ÄÖÜ-schlüssel"),
        ..Answer::json(400, r#"{"error_description":"GEHEIM-äöü-SCHLÜSSEL"}"#)
    };
    assert_eq!(answer.error().description.as_deref(), Some("•••"));
}

#[test]
fn only_an_object_is_a_token_response() {
    for body in [
        r#"[{"access_token":"x"}]"#,
        r#"[{"access_token":"x","token_type":"Bearer","expires_in":60}]"#,
        r#"[[{"access_token":"x"}]]"#,
        r#"["x","Bearer",60]"#,
        r#"[{"error":"invalid_client","access_token":"x"}]"#,
    ] {
        let error = quiet(&answer(200, "application/json", body));
        assert_eq!(error.class, FailureClass::UnreadableBody, "{body}");
        assert_eq!(error.code, None);
    }
}
