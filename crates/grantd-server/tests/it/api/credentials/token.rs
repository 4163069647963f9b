//! `POST /v1/credentials/{credential}/token`

use grantd_model::Action;
use grantd_testkit::{Answer, fixtures};
use serde_json::{Value, json};

use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mine/token";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    let draft = drafts::with("Mine", json!({"labels": {"team": "a"}, "scope": "a b"}));
    app.add(&draft).await;
    app
}

#[tokio::test]
async fn a_token_with_all_that_is_known_of_it() {
    let app = app().await;
    app.answers(Answer::json(
        200,
        &json!({"access_token": TOKEN, "token_type": "bearer", "expires_in": "3599", "scope": "a b"})
            .to_string(),
    ));
    let answer = app.as_workload().post(PATH).await.expect(200);
    assert_eq!(
        answer.json(),
        json!({
            "access_token": TOKEN,
            "token_type": "Bearer",
            "expires_in": 3599,
            "expires_at": "2027-01-15T08:59:59Z",
            "scope": "a b",
        })
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let shown = app.as_admin().get("/v1/credentials/mine").await.json();
    assert_eq!(shown["secrets"][0]["last_used_at"], "2027-01-15T08:00:00Z");
    assert_eq!(shown["revision"], 1);
}

#[tokio::test]
async fn what_is_unusual_is_told() {
    let app = app().await;
    let body = json!({"access_token": TOKEN, "scope": "a", "refresh_token": "r"});
    app.answers(Answer::json(200, &body.to_string()));
    let token = app.as_workload().post(PATH).await.expect(200).json();
    assert_eq!(
        (&token["token_type"], &token["expires_in"]),
        (&json!("Bearer"), &json!(300))
    );
    assert_eq!(token["scope"], "a");
    assert_eq!(token["warnings"].as_array().unwrap().len(), 4, "{token}");
}

#[tokio::test]
async fn who_gets_one() {
    let app = app().await;
    app.as_viewer()
        .post(PATH)
        .await
        .expect(403)
        .problem("forbidden");
    let editor = app
        .as_editor()
        .post(PATH)
        .await
        .expect(403)
        .detail("forbidden");
    assert!(
        editor.contains("get tokens") && editor.contains("mine"),
        "{editor}"
    );
    app.anonymous().post(PATH).await.problem("unauthenticated");
    let none = app.as_workload().post("/v1/credentials/none/token").await;
    none.expect(404).problem("not_found");

    let team_a = fixtures::grant(Action::Token, &[("team", "a")]);
    let team_b = fixtures::grant(Action::Token, &[("team", "b")]);
    for (grant, status) in [
        (team_a.clone(), 200),
        (team_b, 404),
        (fixtures::with_scopes(team_a.clone(), "b a c"), 200),
        (fixtures::with_scopes(team_a, "a"), 403),
    ] {
        let key = app.key_with(vec![grant]).await;
        if status == 200 {
            app.answers(Answer::token(TOKEN));
        }
        app.with_key(&key).post(PATH).await.expect(status);
    }
}

#[tokio::test]
async fn each_fetch_is_in_the_audit_log() {
    let app = app().await;
    app.answers(Answer::token(TOKEN));
    app.as_workload().post(PATH).await.expect(200);
    app.answers(Answer::refusal(401, "invalid_client"));
    app.as_workload().post(PATH).await.expect(502);
    let log = app
        .as_admin()
        .get("/v1/audit?action=token.fetch")
        .await
        .expect(200)
        .json();
    let entries: Vec<_> = log["items"].as_array().unwrap().iter().collect();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        entries[1]["detail"],
        json!({"result": "issued", "lifetime": "3600 s"})
    );
    assert_eq!(entries[0]["detail"]["result"], "failed");
    assert_eq!(entries[0]["actor"]["name"], "workload");
    assert_eq!(entries[0]["object_name"], "Mine");
}

#[tokio::test]
async fn an_answer_to_an_outdated_request_is_dropped() {
    let app = app().await;
    let gate = grantd_testkit::Gate::shut();
    app.answers(Answer::token(TOKEN).behind(&gate));
    let change = async {
        gate.arrived().await;
        let patch = json!({"scope": "a"});
        let call = app
            .as_admin()
            .patch("/v1/credentials/mine", "*")
            .json(&patch);
        call.await.expect(200);
        gate.open();
    };
    let caller = app.as_workload();
    let (answer, ()) = tokio::join!(async { caller.post(PATH).await }, change);
    let detail = answer.expect(409).detail("changed_meanwhile");
    assert!(detail.contains("changed"), "{detail}");
}

#[tokio::test]
async fn nothing_is_cached_for_others() {
    let app = app().await;
    for token in ["one", "two"] {
        app.answers(Answer::token(token));
        let answer = app.as_workload().post(PATH).await.expect(200);
        assert_eq!(answer.json()["access_token"], Value::from(token));
    }
}

#[tokio::test]
async fn a_body_is_not_passed_over() {
    let app = app().await;
    for path in [
        PATH,
        "/v1/credentials/mine/enable",
        "/v1/credentials/mine/disable",
    ] {
        for body in ["not json", r#"{"scope": "a"}"#, "[]"] {
            let answer = app.as_admin().post(path).text(body).await.expect(400);
            assert_eq!(answer.detail("unreadable_request"), "no body is expected");
        }
    }
    let shown = app.as_admin().get("/v1/credentials/mine").await.json();
    assert_eq!(shown["revision"], 1);
}

#[tokio::test]
async fn an_empty_object_is_no_body() {
    let app = app().await;
    app.answers(Answer::token(TOKEN));
    app.as_workload().post(PATH).text(" {} ").await.expect(200);
}
