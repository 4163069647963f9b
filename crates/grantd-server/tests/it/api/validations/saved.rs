//! A credential as it is.

use std::time::Duration;

use grantd_testkit::Answer as Given;
use grantd_testkit::Gate;
use serde_json::{Value, json};

use super::{app, audited, failed, validate};
use crate::support::{SECOND, TOKEN, TestApp};

async fn health(app: &TestApp) -> Value {
    let shown = app.as_viewer().get("/v1/credentials/mail").await;
    shown.expect(200).json()["health"].clone()
}

#[tokio::test]
async fn it_is_named_by_slug_or_id() {
    let app = app().await;
    let shown = app.as_admin().get("/v1/credentials/mail").await;
    for name in ["mail".to_owned(), shown.member("id")] {
        for body in [
            json!({"credential": name}),
            json!({"credential": name, "draft": null, "overrides": null, "probe_url": null}),
            json!({"credential": name, "probe_url": ""}),
        ] {
            app.answers(Given::token(TOKEN));
            let shown = validate(app.as_editor(), body).await.expect(200).json();
            assert_eq!(shown["result"], "done");
            assert_eq!(shown["token"]["asked_scope"], "a b");
        }
    }
}

#[tokio::test]
async fn health_is_what_the_last_validation_found() {
    let app = app().await;
    assert_eq!(health(&app).await, json!({"state": "never_validated"}));
    app.answers(Given::token(TOKEN));
    validate(app.as_editor(), json!({"credential": "mail"})).await;
    let valid = json!({"state": "valid", "valid_at": "2027-01-15T08:00:00Z"});
    assert_eq!(health(&app).await, valid);
    for times in 1..=2 {
        app.engine.clock.advance(Duration::from_mins(1));
        app.answers(Given::refusal(401, "invalid_client"));
        validate(app.as_editor(), json!({"credential": "mail"})).await;
        let health = health(&app).await;
        assert_eq!(health["state"], "failing");
        assert_eq!(health["failing"]["class"], "invalid_client");
        assert_eq!(health["failing"]["since"], "2027-01-15T08:01:00Z");
        assert_eq!(health["failing"]["times"], times);
        assert_eq!(health["valid_at"], "2027-01-15T08:00:00Z");
    }
}

#[tokio::test]
async fn success_lets_tokens_be_asked_for_at_once() {
    let app = app().await;
    let token = async || app.as_workload().get("/v1/credentials/mail/token").await;
    app.answers(Given::refusal(401, "invalid_client"));
    token().await.expect(502);
    // nothing is asked while it cools down
    token().await.expect(502);
    app.answers(Given::refusal(401, "invalid_client"));
    let shown = validate(app.as_editor(), json!({"credential": "mail"})).await;
    failed(&shown.json());
    token().await.expect(502);
    app.answers(Given::token(TOKEN));
    validate(app.as_editor(), json!({"credential": "mail"})).await;
    app.answers(Given::token(TOKEN));
    token().await.expect(200);
}

#[tokio::test]
async fn a_disabled_credential_can_be_tried() {
    let app = app().await;
    app.as_admin()
        .post("/v1/credentials/mail/disable")
        .await
        .expect(200);
    app.answers(Given::token(TOKEN));
    let shown = validate(app.as_editor(), json!({"credential": "mail"})).await;
    assert_eq!(shown.json()["result"], "done");
    assert_eq!(health(&app).await["state"], "disabled");
}

#[tokio::test]
async fn the_current_secret_is_tried_and_no_other() {
    let app = app().await;
    let add = app.as_admin().post("/v1/credentials/mail/secrets");
    let add = add
        .header("if-match", "*")
        .json(&json!({"client_secret": SECOND}));
    add.await.expect(200);
    app.answers(Given::refusal(401, "invalid_client"));
    let shown = validate(app.as_editor(), json!({"credential": "mail"})).await;
    let shown = shown.expect(200).json();
    assert_eq!(shown["steps"][0]["detail"], "version 1, sealed here");
    failed(&shown);
}

#[tokio::test]
async fn one_that_is_deleted_meanwhile_is_told_how_it_went() {
    let app = app().await;
    let gate = Gate::shut();
    app.answers(Given::token(TOKEN).behind(&gate));
    let meanwhile = async {
        gate.arrived().await;
        app.as_admin()
            .delete("/v1/credentials/mail")
            .header("if-match", "*")
            .await
            .expect(204);
        gate.open();
    };
    let (answer, ()) = tokio::join!(
        validate(app.as_editor(), json!({"credential": "mail"})),
        meanwhile
    );
    assert_eq!(answer.expect(200).json()["result"], "done");
    assert_eq!(audited(&app).await.len(), 1);
}

#[tokio::test]
async fn what_was_found_of_older_settings_is_not_told_of_newer_ones() {
    let app = app().await;
    let gate = Gate::shut();
    app.answers(Given::refusal(401, "invalid_client").behind(&gate));
    let meanwhile = async {
        gate.arrived().await;
        let patch = json!({"scope": "a"});
        let edit = app
            .as_admin()
            .patch("/v1/credentials/mail", "*")
            .json(&patch);
        edit.await.expect(200);
        app.answers(Given::token(TOKEN));
        app.as_workload()
            .get("/v1/credentials/mail/token")
            .await
            .expect(200);
        gate.open();
    };
    let (answer, ()) = tokio::join!(
        validate(app.as_editor(), json!({"credential": "mail"})),
        meanwhile
    );
    failed(&answer.expect(200).json());
    assert_eq!(health(&app).await["state"], "valid");
}
