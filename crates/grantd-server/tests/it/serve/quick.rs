//! The short way of a token at hand gives what the route gives, and refuses nothing by itself.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use grantd_model::{Action, Grant};
use grantd_testkit::Answer;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use serde_json::{Value, json};

use crate::support::socket::{Socket, http1, http2, request, whole, within};
use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mine/token";

/// A server whose token is at hand, and a key for it.
async fn warm() -> (TestApp, Socket, String) {
    let app = TestApp::start().await;
    let bounds = json!({"bound_hosts": ["api.example.com"]});
    app.add(&drafts::with("Mine", bounds)).await;
    app.answers(Answer::token(TOKEN));
    app.as_workload().get(PATH).await.expect(200);
    let key = app.key_with(vec![Grant::everywhere(Action::Token)]).await;
    let socket = Socket::open(&app, None).await;
    (app, socket, key)
}

async fn sent(
    client: &mut SendRequest<Body>,
    request: Request<Body>,
) -> (StatusCode, HeaderMap, Bytes) {
    within(client.ready()).await.unwrap();
    let answer = within(client.send_request(request)).await.unwrap();
    let headers = answer.headers().clone();
    let (status, body) = whole(answer).await;
    (status, headers, body)
}

#[tokio::test]
async fn both_ways_give_the_same_answer() {
    let (_app, socket, key) = warm().await;
    let mut client = http1(socket.connect().await).await;
    // a query that says nothing takes the route
    let by_route = sent(&mut client, request(Method::GET, &format!("{PATH}?"), &key)).await;
    for _ in 0..3 {
        let mut quick = sent(&mut client, request(Method::GET, PATH, &key)).await;
        let mut routed = by_route.clone();
        for headers in [&mut quick.1, &mut routed.1] {
            headers.remove("date").unwrap();
            headers.remove("x-request-id").unwrap();
        }
        assert_eq!(quick, routed);
        let shown: Value = serde_json::from_slice(&quick.2).unwrap();
        assert_eq!(shown["access_token"], TOKEN);
        assert_eq!(shown["bound_hosts"], json!(["api.example.com"]));
    }
    let mut client = http2(socket.connect().await).await;
    let over_http2 = request(Method::GET, &format!("http://localhost{PATH}"), &key);
    let answer = within(client.send_request(over_http2)).await.unwrap();
    assert_eq!(whole(answer).await, (StatusCode::OK, by_route.2));
}

#[tokio::test]
async fn what_is_shown_goes_with_time_and_with_edits() {
    let (app, socket, key) = warm().await;
    let mut client = http1(socket.connect().await).await;
    let mut shown = async || {
        let (status, _, body) = sent(&mut client, request(Method::GET, PATH, &key)).await;
        assert_eq!(status, StatusCode::OK);
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    assert_eq!(shown().await["expires_in"], 3600);
    app.engine.clock.advance(Duration::from_millis(1500));
    assert_eq!(shown().await["expires_in"], 3598);
    let patch = json!({"bound_hosts": ["other.example.com"]});
    let edit = app
        .as_admin()
        .patch("/v1/credentials/mine", "*")
        .json(&patch);
    edit.await.expect(200);
    assert_eq!(shown().await["bound_hosts"], json!(["other.example.com"]));
}

#[tokio::test]
async fn every_refusal_is_the_routes() {
    let (app, socket, key) = warm().await;
    let mut client = http1(socket.connect().await).await;
    let other = app.key_with(vec![Grant::everywhere(Action::Read)]).await;
    let wrong = format!("{}a", &key[..key.len() - 1]);
    for (key, path, status) in [
        (&wrong, PATH, StatusCode::UNAUTHORIZED),
        (&other, PATH, StatusCode::FORBIDDEN),
        (&key, "/v1/credentials/none/token", StatusCode::NOT_FOUND),
        (&key, "/v1/credentials//token", StatusCode::NOT_FOUND),
    ] {
        let (found, headers, _) = sent(&mut client, request(Method::GET, path, key)).await;
        assert_eq!(found, status, "{path}");
        assert_eq!(headers["content-type"], "application/problem+json");
    }
    let mut elsewhere = request(Method::GET, PATH, &key);
    let host = "evil.example.net".parse().unwrap();
    elsewhere.headers_mut().insert("host", host);
    let (status, ..) = sent(&mut client, elsewhere).await;
    assert_eq!(status, StatusCode::MISDIRECTED_REQUEST);
    let mut twice = request(Method::GET, PATH, &key);
    let second = twice.headers()["authorization"].clone();
    twice.headers_mut().append("authorization", second);
    assert_eq!(sent(&mut client, twice).await.0, StatusCode::UNAUTHORIZED);

    let disable = app.as_admin().post("/v1/credentials/mine/disable").await;
    disable.expect(200);
    let (status, ..) = sent(&mut client, request(Method::GET, PATH, &key)).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_revoked_key_and_an_expired_one_are_refused_at_once() {
    let (app, socket, key) = warm().await;
    let mut client = http1(socket.connect().await).await;
    let first = sent(&mut client, request(Method::GET, PATH, &key)).await;
    assert_eq!(first.0, StatusCode::OK);
    let id = key.split('_').nth(1).unwrap();
    let revoke = app.as_admin().delete(&format!("/v1/keys/key_{id}"));
    revoke.await.expect(204);
    let after = sent(&mut client, request(Method::GET, PATH, &key)).await;
    assert_eq!(after.0, StatusCode::UNAUTHORIZED);

    let end = "2027-01-15T08:00:10Z";
    let draft =
        json!({"name": "short", "expires_at": end, "grants": [{"action": "token", "on": "all"}]});
    let made = app.as_admin().post("/v1/keys").json(&draft).await;
    let key = made.expect(201).json()["key"].as_str().unwrap().to_owned();
    let before = sent(&mut client, request(Method::GET, PATH, &key)).await;
    assert_eq!(before.0, StatusCode::OK);
    app.engine.clock.advance(Duration::from_secs(10));
    let after = sent(&mut client, request(Method::GET, PATH, &key)).await;
    assert_eq!(after.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn it_is_counted_like_any_other() {
    let (app, socket, key) = warm().await;
    let counted = || {
        let text = app.engine.metrics.text();
        let line = text
            .lines()
            .find(|line| line.starts_with("grantd_tokens_handed_out_total "));
        let count = line.unwrap().rsplit(' ').next().unwrap();
        count.parse::<u64>().unwrap()
    };
    let before = counted();
    let mut client = http1(socket.connect().await).await;
    for _ in 0..5 {
        sent(&mut client, request(Method::GET, PATH, &key)).await;
    }
    assert_eq!(counted() - before, 5);
}
