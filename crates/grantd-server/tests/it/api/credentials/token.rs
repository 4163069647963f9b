//! `GET` and `POST /v1/credentials/{credential}/token`

use std::time::Duration;

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
            "bound_hosts": [],
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

    app.answers(Answer::token(TOKEN));
    let team_a = fixtures::grant(Action::Token, &[("team", "a")]);
    let team_b = fixtures::grant(Action::Token, &[("team", "b")]);
    for (grant, status) in [
        (team_a.clone(), 200),
        (team_b, 404),
        (fixtures::with_scopes(team_a.clone(), "b a c"), 200),
        (fixtures::with_scopes(team_a, "a"), 403),
    ] {
        let key = app.key_with(vec![grant]).await;
        app.with_key(&key).post(PATH).await.expect(status);
    }
    assert_eq!(app.outbound().sent().len(), 1, "the token at hand");
}

#[tokio::test]
async fn each_fetch_is_in_the_audit_log() {
    let app = app().await;
    app.answers(Answer::token(TOKEN));
    app.as_workload().post(PATH).await.expect(200);
    app.engine.clock.advance(Duration::from_hours(1));
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
    app.answers(Answer::token("outdated").behind(&gate));
    app.answers(Answer::token(TOKEN));
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
    assert_eq!(answer.expect(200).json()["access_token"], TOKEN);
}

#[tokio::test]
async fn the_token_at_hand_serves_every_method_until_it_is_nearly_over() {
    let app = app().await;
    for (token, after, left) in [("one", 0, 3600), ("one", 3000, 600), ("two", 590, 3600)] {
        app.engine.clock.advance(Duration::from_secs(after));
        if left == 3600 {
            app.answers(Answer::token(token));
        }
        let caller = app.as_workload();
        for answer in [caller.post(PATH).await, caller.get(PATH).await] {
            let shown = answer.expect(200).json();
            assert_eq!(shown["access_token"], Value::from(token));
            assert_eq!(shown["expires_in"], left);
        }
    }
}

#[tokio::test]
async fn a_wish_is_within_reason_and_its_scopes_are_the_credentials() {
    let app = app().await;
    let caller = app.as_workload();
    for (query, pointer, code) in [
        ("min_lifetime_s=-1", "/min_lifetime_s", "out_of_range"),
        ("min_lifetime_s=86401", "/min_lifetime_s", "out_of_range"),
        ("min_lifetime_s=soon", "/min_lifetime_s", "out_of_range"),
        ("scope=a%20c", "/scope", "not_of_the_credential"),
        ("scope=%22", "/scope", "invalid_scope_character"),
        ("audience=x", "/audience", "unknown_parameter"),
    ] {
        let answer = caller.get(&format!("{PATH}?{query}")).await;
        answer.expect_errors(&[(pointer, code)]);
    }
    app.answers(Answer::token("part"));
    let part = caller
        .get(&format!("{PATH}?scope=a&min_lifetime_s=60"))
        .await;
    assert_eq!(part.expect(200).json()["access_token"], "part");
    assert!(app.outbound().sent()[0].body().contains("scope=a"));
    app.answers(Answer::token("whole"));
    let whole = caller.get(&format!("{PATH}?scope=b%20a")).await;
    assert_eq!(whole.expect(200).json()["access_token"], "whole");
    let part = fixtures::with_scopes(fixtures::grant(Action::Token, &[("team", "a")]), "a");
    let limited = app.key_with(vec![part]).await;
    let limited = app.with_key(&limited);
    limited.get(PATH).await.expect(403);
    let part = limited.get(&format!("{PATH}?scope=a")).await;
    assert_eq!(part.expect(200).json()["access_token"], "part");
}

#[tokio::test]
async fn a_body_is_not_passed_over() {
    let app = app().await;
    for path in [
        PATH,
        "/v1/credentials/mine/renew",
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
