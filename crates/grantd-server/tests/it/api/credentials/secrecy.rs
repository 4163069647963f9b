//! Secrets come in and never go out again. Every answer of every test is searched as well, and at
//! its end the logs and the audit log.

use grantd_testkit::Answer;
use grantd_testkit::fixtures::{CLIENT_SECRET, HEADER_SECRET, PARAMETER_SECRET};
use serde_json::json;

use crate::support::{SECOND, TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/every-thing";

#[tokio::test]
async fn no_answer_shows_a_secret() {
    let app = TestApp::start().await;
    let mut answers = vec![app.add(&drafts::full()).await];
    app.answers(Answer::token(TOKEN));
    let token = app
        .as_workload()
        .post(&format!("{PATH}/token"))
        .await
        .expect(200);
    for secret in [CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET] {
        assert!(!token.text().contains(secret));
    }
    let patch = json!({
        "client_secret": SECOND,
        "parameters": [],
        "headers": [{"name": "x-k", "value": HEADER_SECRET}],
    });
    answers.push(app.as_admin().get(PATH).await.expect(200));
    answers.push(app.as_admin().get("/v1/credentials").await.expect(200));
    answers.push(
        app.as_admin()
            .patch(PATH, "*")
            .json(&patch)
            .await
            .expect(200),
    );
    answers.push(
        app.as_admin()
            .post(&format!("{PATH}/disable"))
            .await
            .expect(200),
    );
    answers.push(app.as_admin().get("/v1/audit").await.expect(200));
    answers.push(app.as_admin().get("/v1/keys").await.expect(200));
    answers.push(app.as_admin().get("/v1/sources").await.expect(200));
    for answer in &answers {
        for secret in [
            CLIENT_SECRET,
            SECOND,
            PARAMETER_SECRET,
            HEADER_SECRET,
            TOKEN,
        ] {
            assert!(!answer.text().contains(secret), "{}", answer.call);
        }
    }
}

#[tokio::test]
async fn a_refusal_does_not_repeat_a_secret() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    for body in [
        json!({"name": "a", "no_scope": CLIENT_SECRET}),
        json!({"connect_timeout_s": CLIENT_SECRET}),
        json!({"parameters": CLIENT_SECRET}),
        json!({"parameters": [CLIENT_SECRET]}),
        json!({"headers": [{"name": "x", "value": HEADER_SECRET, "secret": PARAMETER_SECRET}]}),
        json!({"client_secret_reference": CLIENT_SECRET}),
        json!({"client_secret": [CLIENT_SECRET]}),
        json!({"client_secret": {CLIENT_SECRET: CLIENT_SECRET}}),
        json!({"provider": CLIENT_SECRET, "secret_source": CLIENT_SECRET}),
        json!({"slug": CLIENT_SECRET, "client_id": format!("{CLIENT_SECRET}\n\u{e9}")}),
        json!({"token_endpoint": format!("https://a:{CLIENT_SECRET}@login.example.com/")}),
        json!({"egress_proxy": format!("http://a:{CLIENT_SECRET}@proxy.example.com")}),
        json!({"token_endpoint": format!("http://{CLIENT_SECRET} /")}),
        json!({"headers": [{"name": "x-a", "value": format!("{HEADER_SECRET}\r\n")}]}),
        json!({"ca_bundle": CLIENT_SECRET}),
        json!({"scope": format!("{CLIENT_SECRET}\"")}),
    ] {
        let answer = app.as_admin().post("/v1/credentials").json(&body).await;
        assert!([400, 422].contains(&answer.status), "{}", answer.text());
        let answer = app
            .as_admin()
            .patch("/v1/credentials/mine", "*")
            .json(&body)
            .await;
        assert!(
            [400, 422].contains(&answer.status),
            "{body}: {}",
            answer.text()
        );
    }
}
