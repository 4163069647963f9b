//! How often: 30 times a minute each, 60 times against one authorization server.

use std::time::Duration;

use grantd_model::Role;
use grantd_testkit::Answer as Given;
use grantd_testkit::fixtures::HOST;
use serde_json::{Value, json};

use super::{app, audited, validate};
use crate::support::{TOKEN, TestApp, drafts};

fn saved() -> Value {
    json!({"credential": "mail"})
}

#[tokio::test]
async fn the_31st_of_one_actor_within_a_minute_is_refused() {
    let app = app().await;
    app.outbound().answer_always(HOST, Given::token(TOKEN));
    for second in 0..30 {
        validate(app.as_editor(), saved()).await.expect(200);
        app.engine
            .clock
            .advance(Duration::from_secs(u64::from(second == 0)));
    }
    // what is wrong by itself is told as such and not counted
    validate(app.as_editor(), json!({})).await.expect(422);
    let refused = validate(app.as_editor(), saved()).await.expect(429);
    let detail = refused.detail("too_many_requests");
    assert!(
        detail.contains("30") && detail.contains("minute"),
        "{detail}"
    );
    let other =
        json!({"draft": drafts::with("New", json!({"token_endpoint": "https://b.example/"}))});
    validate(app.as_editor(), other).await.expect(429);
    validate(app.as_admin(), saved()).await.expect(200);
    assert_eq!(audited(&app).await.len(), 31);
    app.engine.clock.advance(Duration::from_mins(1));
    validate(app.as_editor(), saved()).await.expect(200);
}

#[tokio::test]
async fn the_61st_against_one_server_within_a_minute_is_refused() {
    let app = app().await;
    app.outbound().answer_always(HOST, Given::token(TOKEN));
    let third = app.key_with(Role::Editor.grants()).await;
    for _ in 0..30 {
        validate(app.as_editor(), saved()).await.expect(200);
        validate(app.as_admin(), saved()).await.expect(200);
    }
    let refused = validate(app.with_key(&third), saved()).await.expect(429);
    let detail = refused.detail("too_many_requests");
    assert!(
        detail.contains("60") && detail.contains("server"),
        "{detail}"
    );
    app.outbound().answer("b.example", Given::token(TOKEN));
    let other = drafts::with("New", json!({"token_endpoint": "https://b.example/token"}));
    let other = json!({"draft": other});
    validate(app.with_key(&third), other).await.expect(200);
    app.engine.clock.advance(Duration::from_mins(1));
    validate(app.with_key(&third), saved()).await.expect(200);
}

#[tokio::test]
async fn a_refused_one_has_an_answer_before_any_event() {
    let app: TestApp = app().await;
    app.outbound().answer_always(HOST, Given::token(TOKEN));
    for _ in 0..30 {
        validate(app.as_editor(), saved()).await.expect(200);
    }
    let call = app.as_editor().post(super::PATH).json(&saved());
    let answer = call.header("accept", "text/event-stream").await;
    answer.expect(429).problem("too_many_requests");
}
