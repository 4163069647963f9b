//! Settings that are not those of the client's registration.

use serde_json::json;

use crate::support::real::Real;

#[tokio::test]
async fn each_wrong_setting_is_told_with_what_to_do() {
    let real = Real::start().await;
    let mut told = String::new();
    for (what, changes) in [
        (
            "the body",
            json!({"token_endpoint_auth_method": "client_secret_post"}),
        ),
        ("a wrong secret", json!({"client_secret": "another-one"})),
        ("an unknown client", json!({"client_id": "sale"})),
        ("a wrong scope", json!({"scope": "Mail.Read"})),
        ("no scope", json!({"scope": null, "no_scope": true})),
        ("raw Basic", json!({"basic_encoding": "raw"})),
    ] {
        told.push_str(&real.told(what, changes).await);
    }
    insta::assert_snapshot!(told);
}
