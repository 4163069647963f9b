//! RFC 6750 sections 2.1 and 3.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::support::{SALES, fixture};

#[tokio::test]
async fn a_good_token_is_greeted_until_it_ends() {
    let fixture = fixture();
    let token = fixture.sales().await.token();
    let greet = async |scheme: &str| {
        let authorization = format!("{scheme} {token}");
        let request = Request::get("/resource").header("authorization", authorization);
        fixture.send(request, Body::empty()).await
    };
    fixture.clock.advance(100);
    for scheme in ["Bearer", "bearer"] {
        assert_eq!(
            greet(scheme).await.json(),
            json!({"hello": SALES, "scope": "mail.read mail.send", "expires_in": 500})
        );
    }
    fixture.clock.advance(500);
    let ended = greet("Bearer").await;
    assert_eq!(ended.error(), (401, "invalid_token".into()));
    assert!(
        ended
            .header("www-authenticate")
            .contains("error=\"invalid_token\"")
    );
}

#[tokio::test]
async fn without_a_token_the_challenge_names_no_error() {
    let fixture = fixture();
    let answer = fixture.get("/resource").await;
    assert_eq!(answer.status.as_u16(), 401);
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"sandbox\""
    );
}
