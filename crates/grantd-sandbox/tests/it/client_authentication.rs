//! RFC 6749 section 2.3.1.

use std::fmt::Write;

use crate::support::{
    Answer, Fixture, POST_ONLY, POST_ONLY_SECRET, RAW, RAW_SECRET, SALES, SALES_SECRET, basic,
    encode, fixture, form, sales_parameters,
};

const GRANT: [(&str, &str); 1] = [("grant_type", "client_credentials")];

async fn with_basic(fixture: &Fixture, text: &str, parameters: &[(&str, &str)]) -> Answer {
    let request = form("/token").header("authorization", basic(text));
    fixture.send(request, encode(parameters)).await
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    })
}

#[tokio::test]
async fn basic_is_decoded_with_either_form_of_the_space() {
    let fixture = fixture();
    let secret = percent(SALES_SECRET);
    for id in ["Sales%20Email", "Sales+Email", &percent(SALES)] {
        let answer = with_basic(&fixture, &format!("{id}:{secret}"), &GRANT).await;
        assert!(answer.token().starts_with("sbx_"), "{id}");
    }
}

#[tokio::test]
async fn a_raw_client_is_never_decoded() {
    let fixture = fixture();
    let raw = format!("{RAW}:{RAW_SECRET}");
    with_basic(&fixture, &raw, &GRANT).await.token();
    let encoded = format!("{}:{}", percent(RAW), percent(RAW_SECRET));
    let answer = with_basic(&fixture, &encoded, &GRANT).await;
    assert_eq!(answer.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn a_refusal_carries_a_challenge_and_is_not_cached() {
    let fixture = fixture();
    for text in ["Sales+Email:wrong", "nobody:x", "Sales+Email:", ":"] {
        let answer = with_basic(&fixture, text, &GRANT).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{text}");
        assert!(answer.header("www-authenticate").starts_with("Basic "));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let answer = fixture.post("/token", &GRANT).await;
    assert_eq!(answer.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn one_method_at_a_time() {
    let fixture = fixture();
    let text = format!("Sales+Email:{}", percent(SALES_SECRET));
    let answer = with_basic(&fixture, &text, &sales_parameters()).await;
    assert_eq!(answer.error(), (400, "invalid_request".into()));

    let same_id = [GRANT[0], ("client_id", SALES)];
    with_basic(&fixture, &text, &same_id).await.token();
    let other_id = [GRANT[0], ("client_id", POST_ONLY)];
    let answer = with_basic(&fixture, &text, &other_id).await;
    assert_eq!(answer.error(), (400, "invalid_request".into()));

    let twice = form("/token")
        .header("authorization", basic(&text))
        .header("authorization", basic(&text));
    let answer = fixture.send(twice, encode(&GRANT)).await;
    assert_eq!(answer.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn a_client_keeps_to_its_methods() {
    let fixture = fixture();
    let post = |id, secret| [GRANT[0], ("client_id", id), ("client_secret", secret)];
    fixture
        .post("/token", &post(POST_ONLY, POST_ONLY_SECRET))
        .await
        .token();
    let text = format!("{POST_ONLY}:{POST_ONLY_SECRET}");
    let answer = with_basic(&fixture, &text, &GRANT).await;
    assert_eq!(answer.error(), (401, "invalid_client".into()));
    let answer = fixture.post("/token", &post(RAW, RAW_SECRET)).await;
    assert_eq!(answer.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn an_unreadable_header_is_named() {
    let fixture = fixture();
    let cases = [
        ("Basic !!!".to_owned(), (400, "invalid_request")),
        (basic("no colon"), (400, "invalid_request")),
        (basic("a%zz:b"), (400, "invalid_request")),
        ("Bearer x".to_owned(), (401, "invalid_client")),
        ("Basic".to_owned(), (400, "invalid_request")),
    ];
    for (header, (status, code)) in cases {
        let request = form("/token").header("authorization", &header);
        let answer = fixture.send(request, encode(&GRANT)).await;
        assert_eq!(answer.error(), (status, code.into()), "{header}");
    }
}

#[tokio::test]
async fn no_answer_repeats_what_was_presented() {
    let fixture = fixture();
    let requests = [
        ("Sales+Email:CANARY", ""),
        ("CANARY:CANARY", "client_secret=CANARY"),
        ("CANARY%zz:CANARY", ""),
        ("x:y", "grant_type=CANARY&scope=CANARY&client_id=CANARY"),
    ];
    for (text, body) in requests {
        let request = form("/token").header("authorization", basic(text));
        let answer = fixture.send(request, body).await;
        assert!(!String::from_utf8_lossy(&answer.body).contains("CANARY"));
    }
}
