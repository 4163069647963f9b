//! `POST /v1/credentials/{credential}/renew`

use std::time::Duration;

use grantd_testkit::{Answer as Given, Gate};
use serde_json::json;

use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mail/renew";
const GET: &str = "/v1/credentials/mail/token";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::with("Mail", json!({"scope": "a b"})))
        .await;
    app
}

#[tokio::test]
async fn a_new_token_takes_the_place_of_a_good_one_and_is_not_shown() {
    let app = app().await;
    app.answers(Given::token("first-token"));
    app.as_workload().get(GET).await.expect(200);
    app.engine.clock.advance(Duration::from_mins(10));
    let renewed = json!({
        "access_token": TOKEN, "token_type": "bearer", "expires_in": "600", "scope": "a",
    });
    app.answers(Given::json(200, &renewed.to_string()));
    let answer = app.as_editor().post(PATH).await.expect(200);
    assert_eq!(
        answer.json(),
        json!({
            "token_type": "Bearer", "expires_in": 600, "expires_at": "2027-01-15T08:20:00Z",
            "scope": "a", "secret_version": 1, "warnings": answer.json()["warnings"],
        })
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let handed_out = app.as_workload().get(GET).await.expect(200);
    assert_eq!(handed_out.member("access_token"), TOKEN);
    let events = app
        .as_viewer()
        .get("/v1/credentials/mail/events")
        .await
        .json();
    assert_eq!(events["items"][0]["cause"], "person");
    assert_eq!(events["items"][0]["actor"]["name"], "editor");
}

#[tokio::test]
async fn it_is_tried_whatever_failed_before() {
    let app = app().await;
    app.answers(Given::refusal(401, "invalid_client"));
    app.as_workload().get(GET).await.expect(502);
    app.answers(Given::refusal(401, "invalid_client"));
    let answer = app.as_editor().post(PATH).await.expect(502);
    let problem = answer.problem("authorization_server_refused");
    assert_eq!(problem["authorization_server"]["class"], "invalid_client");
    app.answers(Given::token(TOKEN));
    app.as_editor().post(PATH).await.expect(200);
    app.as_workload().get(GET).await.expect(200);
}

#[tokio::test]
async fn a_failure_leaves_the_good_token() {
    let app = app().await;
    app.answers(Given::token(TOKEN));
    app.as_workload().get(GET).await.expect(200);
    app.answers(Given::json(500, ""));
    app.as_editor().post(PATH).await.expect(502);
    app.as_workload().get(GET).await.expect(200);
}

#[tokio::test]
async fn who_may() {
    let app = app().await;
    app.as_viewer()
        .post(PATH)
        .await
        .expect(403)
        .problem("forbidden");
    app.as_workload()
        .post(PATH)
        .await
        .expect(404)
        .problem("not_found");
    app.anonymous()
        .post(PATH)
        .await
        .expect(401)
        .problem("unauthenticated");
    let none = app.as_editor().post("/v1/credentials/none/renew").await;
    none.expect(404).problem("not_found");
    app.as_editor()
        .post("/v1/credentials/mail/disable")
        .await
        .expect(200);
    app.as_editor()
        .post(PATH)
        .await
        .expect(409)
        .problem("credential_disabled");
    assert_eq!(app.outbound().sent().len(), 0);
}

#[tokio::test]
async fn no_body_and_no_parameter_is_expected() {
    let app = app().await;
    let body = app
        .as_editor()
        .post(PATH)
        .json(&json!({"scope": "a"}))
        .await;
    body.expect(400).problem("unreadable_request");
    let query = app.as_editor().post(&format!("{PATH}?scope=a")).await;
    query
        .expect(422)
        .expect_error("/scope", "unknown_parameter");
    app.answers(Given::token(TOKEN));
    app.as_editor()
        .post(PATH)
        .json(&json!({}))
        .await
        .expect(200);
}

#[tokio::test]
async fn one_that_is_disabled_meanwhile_gives_none() {
    let app = app().await;
    let gate = Gate::shut();
    app.answers(Given::token(TOKEN).behind(&gate));
    let meanwhile = async {
        gate.arrived().await;
        app.as_admin()
            .post("/v1/credentials/mail/disable")
            .await
            .expect(200);
        gate.open();
    };
    let (answer, ()) = tokio::join!(async { app.as_editor().post(PATH).await }, meanwhile);
    assert_eq!(answer.status, 409, "{}", answer.text());
}
