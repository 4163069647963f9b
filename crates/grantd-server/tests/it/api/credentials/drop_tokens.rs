//! `DELETE /v1/credentials/{credential}/token`

use std::time::Duration;

use grantd_testkit::Answer as Given;
use serde_json::json;

use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mail/token";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::with("Mail", json!({"scope": "a b"})))
        .await;
    app
}

#[tokio::test]
async fn the_next_caller_gets_a_new_one() {
    let app = app().await;
    let dropped = async || app.as_editor().delete(PATH).await.expect(200).json();
    assert_eq!(dropped().await, json!({"dropped": 0}));
    app.answers(Given::token("first-token"));
    app.as_workload().get(PATH).await.expect(200);
    app.answers(Given::token("token-of-a-part"));
    let part = app.as_workload().get(&format!("{PATH}?scope=a")).await;
    part.expect(200);
    assert_eq!(dropped().await, json!({"dropped": 2}));
    assert_eq!(dropped().await, json!({"dropped": 0}));
    app.answers(Given::token(TOKEN));
    let answer = app.as_workload().get(PATH).await.expect(200);
    assert_eq!(answer.member("access_token"), TOKEN);
    app.engine.clock.advance(Duration::from_hours(1));
    assert_eq!(dropped().await, json!({"dropped": 0}), "it was over");
}

#[tokio::test]
async fn each_is_in_the_audit_log() {
    let app = app().await;
    app.as_editor().delete(PATH).await.expect(200);
    let log = app
        .as_admin()
        .get("/v1/audit?action=token.drop")
        .await
        .json();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(log["items"][0]["object_name"], "Mail");
    assert_eq!(log["items"][0]["actor"]["name"], "editor");
}

#[tokio::test]
async fn who_may() {
    let app = app().await;
    app.as_viewer()
        .delete(PATH)
        .await
        .expect(403)
        .problem("forbidden");
    app.as_workload()
        .delete(PATH)
        .await
        .expect(404)
        .problem("not_found");
    app.anonymous()
        .delete(PATH)
        .await
        .expect(401)
        .problem("unauthenticated");
    let none = app.as_editor().delete("/v1/credentials/none/token").await;
    none.expect(404).problem("not_found");
    let query = app.as_editor().delete(&format!("{PATH}?scope=a")).await;
    query
        .expect(422)
        .expect_error("/scope", "unknown_parameter");
}
