//! The member `health`, wherever a credential is shown.

use std::time::Duration;

use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mail";

async fn shown(app: &TestApp) -> Value {
    app.as_viewer().get(PATH).await.expect(200).json()["health"].clone()
}

#[tokio::test]
async fn it_stands_in_every_answer_that_shows_a_credential() {
    let app = TestApp::start().await;
    let never = json!({"state": "never_validated"});
    let added = app.add(&drafts::minimal("Mail")).await.json();
    assert_eq!(added["health"], never);
    assert_eq!(shown(&app).await, never);
    app.add(&drafts::minimal("Other")).await;
    app.answers(Given::token(TOKEN));
    app.as_workload()
        .get(&format!("{PATH}/token"))
        .await
        .expect(200);
    let list = app
        .as_viewer()
        .get("/v1/credentials")
        .await
        .expect(200)
        .json();
    let valid = json!({"state": "valid", "valid_at": "2027-01-15T08:00:00Z"});
    assert_eq!(list["items"][0]["health"], valid);
    assert_eq!(list["items"][1]["health"], never);
    let patch = app
        .as_editor()
        .patch(PATH, "*")
        .json(&json!({"description": "x"}));
    assert_eq!(patch.await.expect(200).json()["health"], valid);
    let disabled = app.as_editor().post(&format!("{PATH}/disable")).await;
    let disabled = disabled.expect(200).json();
    assert_eq!(disabled["health"]["state"], "disabled");
    let enabled = app.as_editor().post(&format!("{PATH}/enable")).await;
    assert!(enabled.expect(200).json()["health"]["state"].is_string());
}

#[tokio::test]
async fn a_failure_is_told_with_its_class_and_what_to_do() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    let page = "<html><body>canary-page</body></html>";
    for (minute, answer) in [
        Given::refusal(401, "invalid_client"),
        Given::json(200, page),
    ]
    .into_iter()
    .enumerate()
    {
        app.engine.clock.advance(Duration::from_mins(minute as u64));
        app.answers(answer);
        app.as_editor()
            .post(&format!("{PATH}/renew"))
            .await
            .expect(502);
    }
    let health = shown(&app).await;
    let failing = &health["failing"];
    assert_eq!(
        *failing,
        json!({
            "since": "2027-01-15T08:00:00Z", "last_at": "2027-01-15T08:01:00Z", "times": 2,
            "class": "unreadable_body", "detail": failing["detail"], "remedy": failing["remedy"],
        })
    );
    assert_eq!(health["state"], "failing");
    assert!(failing["remedy"].is_string(), "{failing}");
    assert!(
        !health.to_string().contains("canary"),
        "no body is quoted: {health}"
    );
}

#[tokio::test]
async fn an_edit_of_what_is_sent_begins_anew() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    app.answers(Given::refusal(401, "invalid_client"));
    app.as_editor()
        .post(&format!("{PATH}/renew"))
        .await
        .expect(502);
    assert_eq!(shown(&app).await["state"], "failing");
    let patch = app
        .as_editor()
        .patch(PATH, "*")
        .json(&json!({"description": "x"}));
    patch.await.expect(200);
    assert_eq!(shown(&app).await["state"], "failing");
    let patch = app
        .as_editor()
        .patch(PATH, "*")
        .json(&json!({"scope": "other"}));
    let patched = patch.await.expect(200).json();
    assert_eq!(patched["health"], json!({"state": "never_validated"}));
}

#[tokio::test]
async fn the_end_of_the_secret_is_told_two_months_ahead() {
    let app = TestApp::start().await;
    let changes = json!({"secret_expires_at": "2027-03-17T08:00:00Z"});
    app.add(&drafts::with("Mail", changes)).await;
    for (days, left) in [
        (0, json!(null)),
        (1, json!(null)),
        (1, json!(59)),
        (52, json!(7)),
        (7, json!(0)),
        (9, json!(0)),
    ] {
        app.engine.clock.advance(Duration::from_hours(24 * days));
        assert_eq!(shown(&app).await["secret_expires_in_days"], left, "{days}");
    }
    let patch = json!({"secret_expires_at": null});
    let patch = app.as_editor().patch(PATH, "*").json(&patch).await;
    let health = &patch.expect(200).json()["health"];
    assert_eq!(health.get("secret_expires_in_days"), None);
}

#[tokio::test]
async fn it_is_set_by_nobody() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    let patch = app
        .as_admin()
        .patch(PATH, "*")
        .json(&json!({"health": {"state": "valid"}}));
    patch.await.expect(422).expect_error("/health", "read_only");
    let draft = drafts::with("New", json!({"health": {"state": "valid"}}));
    let add = app.as_admin().post("/v1/credentials").json(&draft).await;
    add.expect(400).problem("unreadable_request");
}
