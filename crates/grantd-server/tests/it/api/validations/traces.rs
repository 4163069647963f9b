//! What stays behind a validation: a row in the audit log without values, and nothing else.

use grantd_testkit::Answer as Given;
use grantd_testkit::fixtures::CLIENT_SECRET;
use serde_json::json;

use super::{app, audited, validate};
use crate::support::{TOKEN, drafts};

#[tokio::test]
async fn the_token_is_neither_kept_nor_handed_out() {
    let app = app().await;
    app.answers(Given::token(TOKEN));
    validate(app.as_editor(), json!({"credential": "mail"}))
        .await
        .expect(200);
    app.answers(Given::token(TOKEN));
    app.as_workload()
        .get("/v1/credentials/mail/token")
        .await
        .expect(200);
    assert_eq!(app.outbound().sent().len(), 2);
    // one that is at hand stays
    app.answers(Given::token("x"));
    validate(app.as_editor(), json!({"credential": "mail"}))
        .await
        .expect(200);
    let again = app.as_workload().get("/v1/credentials/mail/token").await;
    assert_eq!(again.expect(200).member("access_token"), TOKEN);
}

#[tokio::test]
async fn there_is_no_event_and_no_use_but_the_secret_was_accepted() {
    let app = app().await;
    app.answers(Given::token(TOKEN));
    validate(app.as_editor(), json!({"credential": "mail"}))
        .await
        .expect(200);
    app.answers(Given::refusal(401, "invalid_client"));
    app.engine.clock.advance(std::time::Duration::from_mins(1));
    validate(app.as_editor(), json!({"credential": "mail"}))
        .await
        .expect(200);
    for list in ["events", "usage"] {
        let path = format!("/v1/credentials/mail/{list}");
        let shown = app.as_viewer().get(&path).await.expect(200).json();
        assert_eq!(shown["items"], json!([]), "{list}");
    }
    let shown = app.as_viewer().get("/v1/credentials/mail").await.json();
    assert_eq!(shown["secrets"][0]["last_used_at"], "2027-01-15T08:00:00Z");
    assert_eq!(shown["revision"], 1);
}

#[tokio::test]
async fn each_is_in_the_audit_log_without_values() {
    let app = app().await;
    app.answers(Given::token(TOKEN));
    validate(app.as_editor(), json!({"credential": "mail"}))
        .await
        .expect(200);
    app.answers(Given::refusal(401, "invalid_client"));
    let overrides = json!({"scope": "canary-scope", "client_id": "canary-client"});
    let body = json!({"credential": "mail", "overrides": overrides});
    validate(app.as_editor(), body).await.expect(200);
    app.answers(Given::token(TOKEN));
    let draft = drafts::with("New", json!({"client_secret": CLIENT_SECRET}));
    validate(app.as_editor(), json!({"draft": draft}))
        .await
        .expect(200);
    let log = audited(&app).await;
    let told: Vec<_> = log.iter().map(|entry| &entry["detail"]).collect();
    let cause = "authorization server did not accept the client's id, secret or method \
                 (invalid_client, status 401)";
    assert_eq!(
        told,
        [
            &json!({"result": "done"}),
            &json!({"result": "failed", "step": "token_response", "cause": cause}),
            &json!({"result": "done"}),
        ]
    );
    let names: Vec<_> = log.iter().map(|entry| &entry["object_name"]).collect();
    assert_eq!(names, [&json!("New"), &json!("Mail"), &json!("Mail")]);
    assert!(
        log.iter().all(|entry| entry["actor"]["name"] == "editor"),
        "{log:?}"
    );
    assert!(!json!(log).to_string().contains("canary"), "{log:?}");
}

#[tokio::test]
async fn a_name_that_is_taken_does_not_matter_before_it_is_saved() {
    let app = app().await;
    app.answers(Given::token(TOKEN));
    let body = json!({"draft": drafts::minimal("Mail")});
    validate(app.as_editor(), body).await.expect(200);
    let health = app.as_viewer().get("/v1/credentials/mail").await.json();
    assert_eq!(health["health"]["state"], "never_validated");
}
