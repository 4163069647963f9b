//! RFC 6749 sections 3.2, 3.3, 4.4, 5.1 and 5.2.

use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::support::{POST_ONLY, POST_ONLY_SECRET, SALES, encode, fixture, form, sales_parameters};

#[tokio::test]
async fn a_token_response_has_all_that_section_5_1_asks() {
    let fixture = fixture();
    for path in [
        grantd_sandbox::TOKEN_PATH,
        grantd_sandbox::EXAMPLE_TOKEN_PATH,
        "/token?tenant=a",
    ] {
        let answer = fixture.post(path, &sales_parameters()).await;
        assert!(answer.token().starts_with("sbx_"));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 600);
        assert_eq!(body["scope"], "mail.read mail.send");
    }
    assert_ne!(fixture.sales().await.token(), fixture.sales().await.token());
}

#[tokio::test]
async fn scopes_are_granted_as_asked_or_refused() {
    let fixture = fixture();
    let ask = async |scope: &str| {
        let mut parameters = sales_parameters().to_vec();
        parameters.push(("scope", scope));
        fixture.post("/token", &parameters).await
    };
    assert_eq!(ask("mail.send").await.json()["scope"], "mail.send");
    // An empty value counts as absent (RFC 6749 section 3.2).
    assert_eq!(ask("").await.json()["scope"], "mail.read mail.send");
    for bad in ["mail.read calendar", "Mail.Read", "a\"b", "   "] {
        assert_eq!(
            ask(bad).await.error(),
            (400, "invalid_scope".into()),
            "{bad}"
        );
    }
    let mut parameters = vec![
        ("grant_type", "client_credentials"),
        ("client_id", POST_ONLY),
        ("client_secret", POST_ONLY_SECRET),
    ];
    assert_eq!(
        fixture
            .post("/token", &parameters)
            .await
            .json()
            .get("scope"),
        None
    );
    parameters.push(("scope", "mail.read"));
    let answer = fixture.post("/token", &parameters).await;
    assert_eq!(answer.error(), (400, "invalid_scope".into()));
}

#[tokio::test]
async fn malformed_requests_are_told_apart() {
    let fixture = fixture();
    let [_, id, secret] = sales_parameters();
    let grant = |value| ("grant_type", value);
    let cases = [
        (vec![id, secret], "invalid_request"),
        (vec![id, secret, grant("")], "invalid_request"),
        (
            vec![id, secret, grant("password")],
            "unsupported_grant_type",
        ),
        (
            vec![
                id,
                secret,
                grant("client_credentials"),
                grant("client_credentials"),
            ],
            "invalid_request",
        ),
    ];
    for (parameters, code) in cases {
        let answer = fixture.post("/token", &parameters).await;
        assert_eq!(answer.error(), (400, code.into()), "{parameters:?}");
    }
    let json = Request::post("/token").header("content-type", "application/json");
    let answer = fixture.send(json, "{}").await;
    assert_eq!(answer.error(), (400, "invalid_request".into()));
    assert_eq!(
        fixture.get("/token").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let long = "x".repeat(100_000);
    let answer = fixture.send(form("/token"), encode(&[("a", &long)])).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn requests_are_counted_by_client_and_outcome() {
    let fixture = fixture();
    fixture.sales().await;
    fixture.sales().await;
    let wrong = [("client_id", SALES), ("client_secret", "wrong")];
    fixture.post("/token", &wrong).await;
    let unknown = [("client_id", "nobody"), ("client_secret", "x")];
    fixture.post("/token", &unknown).await;

    let stats = fixture.stats();
    assert_eq!(stats.outcome(SALES, "issued"), 2);
    assert_eq!(
        fixture.get("/stats").await.json(),
        json!({
            "token_requests": 4,
            "clients": {SALES: {"requests": 3, "outcomes": {"issued": 2, "invalid_client": 1}}},
            "unknown_client": {"requests": 1, "outcomes": {"invalid_client": 1}},
            "redirects_followed": 0,
        })
    );
}
