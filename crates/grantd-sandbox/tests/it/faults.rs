//! What token requests meet while a fault is on.

use std::time::Duration;

use axum::http::StatusCode;
use grantd_sandbox::{Effect, Fault};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::support::{SALES, encode, fixture, form, sales_parameters};

#[tokio::test]
async fn answers_that_are_no_token_responses() {
    let fixture = fixture();
    let cases = [
        ("html", 200, "text/html; charset=utf-8"),
        ("empty", 200, "application/json"),
        ("garbage", 200, "application/json"),
        ("huge", 200, "application/json"),
        ("error_in_200", 200, "application/json"),
        ("server_error", 500, "text/plain; charset=utf-8"),
        ("rate_limited", 429, "application/json"),
        ("redirect", 307, ""),
    ];
    for (kind, status, media_type) in cases {
        fixture.fault(&format!(r#"{{"kind":"{kind}"}}"#)).await;
        let answer = fixture.sales().await;
        assert_eq!(answer.status.as_u16(), status, "{kind}");
        assert_eq!(answer.header("content-type"), media_type, "{kind}");
        let readable = serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok();
        let expected = ["huge", "error_in_200", "rate_limited"].contains(&kind);
        assert_eq!(readable, expected, "{kind}");
        assert_eq!(fixture.stats().outcome(SALES, &format!("fault_{kind}")), 1);
    }
    fixture.fault(r#"{"kind":"huge"}"#).await;
    assert!(fixture.sales().await.body.len() > 10 * 1024 * 1024);
    fixture.fault(r#"{"kind":"none"}"#).await;
    fixture.sales().await.token();
}

#[tokio::test]
async fn token_responses_that_are_odd() {
    let fixture = fixture();
    for (kind, part) in [
        ("string_numbers", r#""expires_in":"3599""#),
        ("negative_lifetime", r#""expires_in":-1"#),
        ("absurd_lifetime", r#""expires_in":1e30"#),
        (
            "duplicate_members",
            r#""sbx_odd-4","access_token":"sbx_odd-5""#,
        ),
        ("control_characters", r"\r\nX-Evil: 1"),
    ] {
        fixture.fault(&format!(r#"{{"kind":"{kind}"}}"#)).await;
        let shown = fixture.get("/faults").await.json();
        assert_eq!(shown, json!({"kind": kind}));
        let answer = fixture.sales().await;
        assert_eq!(answer.status, StatusCode::OK);
        let body = std::str::from_utf8(&answer.body).unwrap();
        assert!(body.contains(part), "{kind}: {body}");
        assert_eq!(fixture.stats().outcome(SALES, &format!("fault_{kind}")), 1);
    }
}

#[tokio::test]
async fn a_stalled_body_begins_and_does_not_end() {
    let fixture = fixture();
    fixture
        .fault(r#"{"kind":"stalled_body","remaining":1}"#)
        .await;
    let stalled = timeout(Duration::from_millis(50), fixture.sales()).await;
    assert!(stalled.is_err());
    fixture.sales().await.token();
    assert_eq!(fixture.stats().outcome(SALES, "fault_stalled_body"), 1);
}

#[tokio::test]
async fn retry_after_is_sent_as_set() {
    let fixture = fixture();
    for kind in ["rate_limited", "server_error"] {
        fixture
            .fault(&format!(r#"{{"kind":"{kind}","retry_after_s":30}}"#))
            .await;
        assert_eq!(fixture.sales().await.header("retry-after"), "30", "{kind}");
    }
    fixture.fault(r#"{"kind":"server_error"}"#).await;
    assert_eq!(fixture.sales().await.header("retry-after"), "");
}

#[tokio::test]
async fn a_fault_may_be_for_one_client_and_for_some_requests() {
    let fixture = fixture();
    fixture
        .fault(r#"{"kind":"server_error","client_id":"post-only","remaining":1}"#)
        .await;
    fixture.sales().await.token();
    let other = [("client_id", "post-only"), ("client_secret", "p")];
    assert_eq!(fixture.post("/token", &other).await.status.as_u16(), 500);
    assert_eq!(fixture.get("/faults").await.json(), json!({"kind": "none"}));
}

#[tokio::test]
async fn a_rotated_secret_takes_the_place_of_the_old_one() {
    let fixture = fixture();
    let document = format!(r#"{{"kind":"rotated_secret","client_id":"{SALES}"}}"#);
    let switched = fixture.fault(&document).await.json();
    let new_secret = switched["new_secret"].as_str().unwrap();
    let shown = fixture.get("/faults").await.json();
    assert_eq!(shown, json!({"kind": "rotated_secret", "client_id": SALES}));

    assert_eq!(
        fixture.sales().await.error(),
        (401, "invalid_client".into())
    );
    let [grant, id, _] = sales_parameters();
    let renewed = [grant, id, ("client_secret", new_secret)];
    fixture.post("/token", &renewed).await.token();

    fixture.fault(r#"{"kind":"none"}"#).await;
    fixture.sales().await.token();
    let answer = fixture.post("/token", &renewed).await;
    assert_eq!(answer.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn a_slow_answer_comes_late_and_is_sound() {
    let fixture = fixture();
    let delay = Duration::from_millis(80);
    fixture
        .sandbox
        .set_fault(Fault::new(Effect::Slow { delay }));
    let begin = Instant::now();
    fixture.sales().await.token();
    assert!(begin.elapsed() >= delay);
}

#[tokio::test]
async fn a_hanging_request_is_counted_and_does_not_block_the_rest() {
    let fixture = fixture();
    fixture.fault(r#"{"kind":"hang","remaining":1}"#).await;
    let hanging = timeout(Duration::from_millis(50), fixture.sales()).await;
    assert!(hanging.is_err());
    fixture.sales().await.token();
    assert_eq!(fixture.stats().outcome(SALES, "fault_hang"), 1);
}

#[tokio::test]
async fn whoever_follows_the_redirect_is_counted() {
    let fixture = fixture();
    fixture.fault(r#"{"kind":"redirect"}"#).await;
    let location = fixture.sales().await.header("location").to_owned();
    assert_eq!(fixture.stats().redirects_followed, 0);
    let answer = fixture
        .send(form(&location), encode(&sales_parameters()))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(fixture.stats().redirects_followed, 1);
}
