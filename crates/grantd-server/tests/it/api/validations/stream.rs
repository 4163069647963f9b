//! The same as a stream of events, each step as it happens.

use std::time::Duration;

use axum::body::Body;
use grantd_net::NetError;
use grantd_testkit::{Answer as Given, Gate};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{PATH, app, audited, validate};
use crate::support::{Call, TOKEN, TestApp};

const EVENTS: &str = "text/event-stream";

fn call(app: &TestApp) -> Call<'_> {
    let call = app.as_editor().post(PATH);
    call.json(&json!({"credential": "mail"}))
}

/// The events of a stream, by the rules of the HTML standard (section 9.2.6) as far as they are
/// used: name and data on one line each, an empty line behind each event.
fn events(text: &str) -> Vec<(String, Value)> {
    let body = text.strip_suffix("\n\n").expect("an end of the last event");
    let one = |event: &str| {
        let lines: Vec<_> = event.split('\n').collect();
        let [name, data] = lines[..] else {
            panic!("two lines are expected: {event:?}")
        };
        let data = data.strip_prefix("data: ").unwrap();
        (
            name.strip_prefix("event: ").unwrap().to_owned(),
            serde_json::from_str(data).unwrap(),
        )
    };
    body.split("\n\n").map(one).collect()
}

/// The next piece of a stream.
async fn piece(body: &mut Body) -> Vec<(String, Value)> {
    let frame = body.frame().await.unwrap().unwrap();
    let bytes = frame.into_data().unwrap();
    events(std::str::from_utf8(&bytes).unwrap())
}

#[tokio::test]
async fn steps_come_in_order_and_the_result_is_that_of_the_plain_answer() {
    let app = app().await;
    for answer in [Given::token(TOKEN), Given::refusal(401, "invalid_client")] {
        app.answers(answer.clone());
        let streamed = call(&app).header("accept", EVENTS).await.expect(200);
        assert_eq!(streamed.header("content-type"), Some(EVENTS));
        assert_eq!(streamed.header("cache-control"), Some("no-store"));
        let events = events(&streamed.text());
        let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["step_begun", "step", "step_begun", "step", "result"]
        );
        assert_eq!(events[0].1, json!({"step": "secret"}));
        assert_eq!(events[2].1, json!({"step": "token_response"}));
        let (_, result) = events.last().unwrap();
        assert_eq!(result["steps"], json!([events[1].1, events[3].1]));
        app.answers(answer);
        let plain = validate(app.as_editor(), json!({"credential": "mail"})).await;
        assert_eq!(*result, plain.expect(200).json());
    }
}

#[tokio::test]
async fn whoever_prefers_events_gets_them() {
    let app = app().await;
    for (accept, media_type) in [
        ("text/event-stream", EVENTS),
        ("Text/Event-Stream", EVENTS),
        ("text/event-stream;q=0.5", EVENTS),
        ("text/event-stream, */*", EVENTS),
        ("text/html, text/event-stream; charset=utf-8", EVENTS),
        ("application/json;q=0.5, text/event-stream", EVENTS),
        ("application/json, text/event-stream", EVENTS),
        (
            "application/json, text/event-stream;q=0.5",
            "application/json",
        ),
        ("text/event-stream;q=0", "application/json"),
        ("text/event-stream;q=0.0, */*", "application/json"),
        ("text/event-streams", "application/json"),
        ("application/json", "application/json"),
        ("text/*", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
    ] {
        app.answers(Given::token(TOKEN));
        let answer = call(&app).header("accept", accept).await.expect(200);
        assert_eq!(answer.header("content-type"), Some(media_type), "{accept}");
    }
    app.answers(Given::token(TOKEN));
    let two = call(&app)
        .header("accept", "text/html")
        .header("accept", EVENTS);
    assert_eq!(two.await.header("content-type"), Some(EVENTS));
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_a_problem_as_ever() {
    let app = app().await;
    let ask = async |body: Value| {
        let call = app.as_editor().post(PATH).json(&body);
        call.header("accept", EVENTS).await
    };
    ask(json!({}))
        .await
        .expect(422)
        .problem("validation_failed");
    ask(json!({"x": 1}))
        .await
        .expect(400)
        .problem("unreadable_request");
    ask(json!({"credential": "none"}))
        .await
        .expect(404)
        .problem("not_found");
    let overrides = json!({"token_endpoint": "https://evil.example/"});
    let answer = ask(json!({"credential": "mail", "overrides": overrides}))
        .await
        .expect(422);
    answer.expect_error("/overrides/client_secret", "secret_required_again");
    let answer = ask(json!({"credential": "mail", "probe_url": "https://evil.example/"})).await;
    answer
        .expect(422)
        .expect_error("/probe_url", "host_not_bound");
    let viewer = app
        .as_viewer()
        .post(PATH)
        .json(&json!({"credential": "mail"}));
    viewer
        .header("accept", EVENTS)
        .await
        .expect(403)
        .problem("forbidden");
}

#[tokio::test]
async fn events_come_while_the_rest_is_under_way() {
    let app = app().await;
    let gate = Gate::shut();
    app.answers(Given::token(TOKEN).behind(&gate));
    let answer = call(&app).header("accept", EVENTS).begin().await;
    let mut body = answer.into_body();
    assert_eq!(piece(&mut body).await[0].0, "step_begun");
    let (name, step) = piece(&mut body).await.remove(0);
    assert_eq!((name.as_str(), &step["outcome"]), ("step", &json!("done")));
    gate.arrived().await;
    let early = tokio::time::timeout(Duration::from_millis(20), body.frame()).await;
    assert!(early.is_err(), "nothing more has happened yet");
    gate.open();
    let mut rest = Vec::new();
    while let Some(frame) = body.frame().await {
        let bytes = frame.unwrap().into_data().unwrap();
        rest.extend(events(std::str::from_utf8(&bytes).unwrap()));
    }
    let names: Vec<_> = rest.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["step_begun", "step", "result"]);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_changes_nothing() {
    let app = app().await;
    let gate = Gate::shut();
    app.answers(
        Given::failure(NetError::NameNotFound {
            host: "x".to_owned(),
        })
        .behind(&gate),
    );
    let answer = call(&app).header("accept", EVENTS).begin().await;
    let mut body = answer.into_body();
    piece(&mut body).await;
    gate.arrived().await;
    drop(body);
    assert_eq!(audited(&app).await.len(), 0);
    gate.open();
    app.engine.close().await;
    let log = audited(&app).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["detail"]["result"], "failed");
    let shown = app.as_viewer().get("/v1/credentials/mail").await.json();
    assert_eq!(shown["health"]["failing"]["class"], "name_not_found");
}

#[tokio::test]
async fn a_client_that_leaves_before_the_plain_answer_changes_nothing_either() {
    let app = app().await;
    let gate = Gate::shut();
    app.answers(Given::token(TOKEN).behind(&gate));
    let leaving = async {
        tokio::select! {
            _ = call(&app).begin() => panic!("it has left before"),
            () = gate.arrived() => {}
        }
    };
    leaving.await;
    gate.open();
    app.engine.close().await;
    assert_eq!(audited(&app).await.len(), 1);
}
