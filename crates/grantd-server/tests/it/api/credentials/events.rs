//! `GET /v1/credentials/{credential}/events`

use std::time::Duration;

use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mail/events";
const GET: &str = "/v1/credentials/mail/token";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::with("Mail", json!({"scope": "a b"})))
        .await;
    app
}

async fn events(app: &TestApp, query: &str) -> Value {
    let path = format!("{PATH}{query}");
    app.as_viewer().get(&path).await.expect(200).json()
}

/// As many token requests, a minute apart; every other one fails.
async fn asked(app: &TestApp, times: usize) {
    for number in 0..times {
        app.engine.clock.advance(Duration::from_mins(1));
        if number % 2 == 0 {
            app.answers(Given::token(TOKEN));
            app.as_editor()
                .post("/v1/credentials/mail/renew")
                .await
                .expect(200);
        } else {
            app.answers(Given::json(503, ""));
            app.as_editor()
                .post("/v1/credentials/mail/renew")
                .await
                .expect(502);
        }
    }
}

#[tokio::test]
async fn each_request_and_how_it_ended_newest_first() {
    let app = app().await;
    assert_eq!(
        events(&app, "").await,
        json!({"items": [], "next_cursor": null})
    );
    app.answers(Given::token(TOKEN));
    app.as_workload().get(GET).await.expect(200);
    // one that is at hand is no event
    app.as_workload().get(GET).await.expect(200);
    app.engine.clock.advance(Duration::from_hours(1));
    app.answers(Given::refusal(401, "invalid_client"));
    app.as_workload().get(GET).await.expect(502);
    let shown = events(&app, "").await;
    let [failed, issued] = &shown["items"].as_array().unwrap()[..] else {
        panic!("{shown}")
    };
    assert!(issued["id"].as_str().unwrap().starts_with("evt_"));
    assert_eq!(
        *issued,
        json!({
            "id": issued["id"], "at": "2027-01-15T08:00:00Z", "cause": "demand",
            "actor": {"kind": "key", "id": issued["actor"]["id"], "name": "workload"},
            "duration_s": 0.0, "secret_version": 1, "result": "issued", "lifetime_s": 3600.0,
            "same_token": false,
        })
    );
    assert_eq!(
        *failed,
        json!({
            "id": failed["id"], "at": "2027-01-15T09:00:00Z", "cause": "demand",
            "actor": issued["actor"], "duration_s": 0.0, "secret_version": 1,
            "result": "invalid_client", "same_token": false,
            "detail": "authorization server did not accept the client's id, secret or method \
                       (invalid_client, status 401)",
            "remedy": failed["remedy"], "retry_at": failed["retry_at"],
        })
    );
    assert!(failed["remedy"].is_string());
    assert!(failed["retry_at"].as_str().unwrap() >= "2027-01-15T09:00:30Z");
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let app = app().await;
    asked(&app, 7).await;
    let all = events(&app, "").await["items"].clone();
    assert_eq!(all.as_array().map(Vec::len), Some(7));
    let mut paged = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = events(&app, &query).await;
        paged.extend(page["items"].as_array().unwrap().clone());
        // what comes meanwhile stands before the first page
        asked(&app, 1).await;
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(json!(paged), all);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = app().await;
    asked(&app, 2).await;
    app.add(&drafts::minimal("Other")).await;
    let cursor = events(&app, "?limit=1").await["next_cursor"].clone();
    let cursor = cursor.as_str().unwrap();
    for (query, pointer, code) in [
        ("limit=0", "/limit", "out_of_range"),
        ("limit=201", "/limit", "out_of_range"),
        ("limit=x", "/limit", "out_of_range"),
        ("limit=1&limit=2", "/limit", "repeated"),
        ("cursor=x", "/cursor", "invalid_cursor"),
        ("sort=at", "/sort", "unknown_parameter"),
        ("q=a", "/q", "unknown_parameter"),
    ] {
        let answer = app.as_viewer().get(&format!("{PATH}?{query}")).await;
        answer.expect(422).expect_error(pointer, code);
    }
    let other = format!("/v1/credentials/other/events?cursor={cursor}");
    let answer = app.as_viewer().get(&other).await.expect(422);
    answer.expect_error("/cursor", "invalid_cursor");
}

#[tokio::test]
async fn who_may() {
    let app = app().await;
    for caller in [app.as_admin(), app.as_editor(), app.as_viewer()] {
        caller.get(PATH).await.expect(200);
    }
    app.as_workload()
        .get(PATH)
        .await
        .expect(404)
        .problem("not_found");
    app.anonymous()
        .get(PATH)
        .await
        .expect(401)
        .problem("unauthenticated");
    let none = app.as_viewer().get("/v1/credentials/none/events").await;
    none.expect(404).problem("not_found");
}

#[tokio::test]
async fn a_credential_of_the_same_slug_has_a_history_of_its_own() {
    let app = app().await;
    asked(&app, 1).await;
    let delete = app.as_admin().delete("/v1/credentials/mail");
    delete.header("if-match", "*").await.expect(204);
    app.as_viewer().get(PATH).await.expect(404);
    app.add(&drafts::minimal("Mail")).await;
    assert_eq!(events(&app, "").await["items"], json!([]));
}
