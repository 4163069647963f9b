//! Fault documents: those that are taken and shown again, those that are refused.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{SALES, config, fixture, with};

#[tokio::test]
async fn what_is_switched_on_is_shown() {
    let fixture = fixture();
    assert_eq!(fixture.get("/faults").await.json(), json!({"kind": "none"}));
    let cases = [
        (
            json!({"kind": "slow"}),
            json!({"kind": "slow", "delay_ms": 3000}),
        ),
        (
            json!({"kind": "rate_limited", "client_id": SALES, "remaining": 2}),
            json!({"kind": "rate_limited", "retry_after_s": 5, "client_id": SALES, "remaining": 2}),
        ),
        (json!({"kind": "hang"}), json!({"kind": "hang"})),
    ];
    for (document, shown) in cases {
        let answer = fixture.fault(&document.to_string()).await;
        assert_eq!(
            (answer.status, answer.json()),
            (StatusCode::OK, shown.clone())
        );
        assert_eq!(fixture.get("/faults").await.json(), shown);
    }
}

#[tokio::test]
async fn a_bad_document_is_refused_by_name_and_changes_nothing() {
    let fixture = fixture();
    fixture.fault(r#"{"kind":"empty"}"#).await;
    let cases: [(&str, &str, &str, &str); 12] = [
        ("kind=slow", "", "unreadable", "JSON object"),
        ("[]", "", "unreadable", "JSON object"),
        ("{}", "/kind", "unknown_kind", "rate_limited"),
        (r#"{"kind":"slo"}"#, "/kind", "unknown_kind", "`slo`"),
        (r#"{"kind":7}"#, "/kind", "unknown_kind", "none, slow"),
        (
            r#"{"kind":"slow","delay":1}"#,
            "/delay",
            "unknown_member",
            "delay_ms",
        ),
        (
            r#"{"kind":"html","delay_ms":1}"#,
            "/delay_ms",
            "unknown_member",
            "remaining",
        ),
        (
            r#"{"kind":"none","remaining":1}"#,
            "/remaining",
            "unknown_member",
            "takes kind",
        ),
        (
            r#"{"kind":"slow","delay_ms":-1}"#,
            "/delay_ms",
            "out_of_range",
            "600000",
        ),
        (
            r#"{"kind":"hang","remaining":0}"#,
            "/remaining",
            "out_of_range",
            "from 1",
        ),
        (
            r#"{"kind":"hang","client_id":"x"}"#,
            "/client_id",
            "unknown_client",
            SALES,
        ),
        (
            r#"{"kind":"rotated_secret"}"#,
            "/client_id",
            "required",
            SALES,
        ),
    ];
    for (document, pointer, code, part) in cases {
        let answer = fixture.fault(document).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{document}"
        );
        let error = answer.json()["errors"][0].clone();
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!(pointer), &json!(code))
        );
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(part), "{document}: {detail}");
    }
    let secret = format!(r#"{{"kind":"rotated_secret","client_id":"{SALES}","new_secret":""}}"#);
    let answer = fixture.fault(&secret).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "/new_secret");
    assert_eq!(
        fixture.get("/faults").await.json(),
        json!({"kind": "empty"})
    );
}

#[tokio::test]
async fn with_one_client_it_is_clear_whose_secret_rotates() {
    let mut config = config();
    config.clients.truncate(1);
    let answer = with(config).fault(r#"{"kind":"rotated_secret"}"#).await;
    let document = answer.json();
    assert_eq!(document["client_id"], SALES);
    assert!(matches!(&document["new_secret"], Value::String(secret) if secret.len() == 43));
}
