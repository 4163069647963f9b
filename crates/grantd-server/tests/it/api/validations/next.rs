//! The secret that is to take the place of the current one, tried before it does.

use grantd_testkit::Answer as Given;
use serde_json::json;

use super::{app, validate};
use crate::support::{SECOND, TOKEN};

#[tokio::test]
async fn the_next_secret_is_tried_and_one_that_works_is_told_as_accepted() {
    let app = app().await;
    let none = json!({"credential": "mail", "next_secret": true});
    let refused = validate(app.as_editor(), none.clone()).await;
    refused.expect_error("", "no_next_secret");
    let call = app.as_editor().post("/v1/credentials/mail/secrets");
    let call = call.header("if-match", "\"r1\"");
    call.json(&json!({"client_secret": SECOND}))
        .await
        .expect(200);

    app.answers(Given::refusal(401, "invalid_client"));
    let shown = validate(app.as_editor(), none.clone()).await.expect(200);
    assert_eq!(shown.json()["result"], "failed");
    let credential = || async {
        let shown = app.as_admin().get("/v1/credentials/mail").await;
        shown.json()
    };
    let shown = credential().await;
    assert_eq!(
        shown["health"]["state"], "never_validated",
        "it says nothing of the one in use"
    );
    assert!(shown["secrets"][1]["last_used_at"].is_null());

    app.answers(Given::token(TOKEN));
    let answer = validate(app.as_editor(), none).await.expect(200).json();
    assert_eq!(answer["steps"][0]["detail"], "version 2, sealed here");
    let shown = credential().await;
    assert_eq!(shown["secrets"][1]["last_used_at"], "2027-01-15T08:00:00Z");
    assert!(shown["secrets"][0]["last_used_at"].is_null());
}

#[tokio::test]
async fn it_is_tried_with_the_credential_as_it_is_alone() {
    let app = app().await;
    for body in [
        json!({"credential": "mail", "overrides": {"scope": "c"}, "next_secret": true}),
        json!({"next_secret": true}),
    ] {
        let refused = validate(app.as_editor(), body).await;
        refused.expect_error("/next_secret", "not_both");
    }
}
