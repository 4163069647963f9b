//! RFC 7662 section 2.

use serde_json::json;

use crate::support::{SALES, basic, encode, fixture, form, sales_parameters};

#[tokio::test]
async fn a_token_is_described_until_it_ends() {
    let fixture = fixture();
    let token = fixture.sales().await.token();
    fixture.clock.advance(599);
    let [_, id, secret] = sales_parameters();
    let ask = [id, secret, ("token", token.as_str())];
    let answer = fixture.post("/introspect", &ask).await;
    assert_eq!(
        answer.json(),
        json!({
            "active": true,
            "client_id": SALES,
            "scope": "mail.read mail.send",
            "token_type": "Bearer",
            "iat": 1_800_000_000,
            "exp": 1_800_000_600,
        })
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    fixture.clock.advance(1);
    let answer = fixture.post("/introspect", &ask).await;
    assert_eq!(answer.json(), json!({"active": false}));
}

#[tokio::test]
async fn a_foreign_token_is_inactive_and_none_is_an_error() {
    let fixture = fixture();
    let [_, id, secret] = sales_parameters();
    let foreign = fixture
        .post("/introspect", &[id, secret, ("token", "sbx_x")])
        .await;
    assert_eq!(foreign.json(), json!({"active": false}));
    let none = fixture.post("/introspect", &[id, secret]).await;
    assert_eq!(none.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn it_asks_for_client_authentication_and_knows_a_rotated_secret() {
    let fixture = fixture();
    let body = encode(&[("token", "sbx_x")]);
    let anonymous = fixture.send(form("/introspect"), body.clone()).await;
    assert_eq!(anonymous.error(), (401, "invalid_client".into()));

    let document = format!(
        r#"{{"kind":"rotated_secret","client_id":"{SALES}","new_secret":"next","remaining":1}}"#
    );
    fixture.fault(&document).await;
    for _ in 0..2 {
        let request = form("/introspect").header("authorization", basic("Sales+Email:next"));
        let answer = fixture.send(request, body.clone()).await;
        assert_eq!(answer.json(), json!({"active": false}));
    }
}
