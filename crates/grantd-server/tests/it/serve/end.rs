//! The end: open requests may end, connections without one are closed.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use grantd_server::ServerTls;
use grantd_testkit::{Answer, Gate};

use crate::support::socket::{Certificate, Socket, http1, http2, request, whole, within};
use crate::support::{TOKEN, TestApp, drafts};

const TOKEN_PATH: &str = "/v1/credentials/sales/token";

/// An app with a credential whose token comes when the gate is opened.
async fn slow_token() -> (TestApp, Gate) {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("sales")).await;
    let gate = Gate::shut();
    app.answers(Answer::token(TOKEN).behind(&gate));
    (app, gate)
}

fn token_request(app: &TestApp, target: &str) -> Request<Body> {
    request(Method::POST, target, app.admin_key())
}

#[tokio::test]
async fn an_open_http2_request_ends_with_its_answer() {
    let (app, gate) = slow_token().await;
    let certificate = Certificate::new();
    let tls = ServerTls::new(certificate.identity.clone());
    let socket = Socket::open(&app, Some(tls)).await;
    let stream = socket.handshake(&certificate, &["h2"]).await.unwrap();
    let mut client = http2(stream).await;
    let target = format!("https://localhost{TOKEN_PATH}");
    let answering = tokio::spawn(client.send_request(token_request(&app, &target)));
    within(gate.arrived()).await;
    socket.shutdown.cancel();
    within(socket.refused()).await;
    gate.open();
    let answer = within(answering).await.unwrap().unwrap();
    let (status, body) = whole(answer).await;
    assert_eq!(status, StatusCode::OK);
    assert!(String::from_utf8_lossy(&body).contains(TOKEN));
    socket.ended().await;
}

#[tokio::test]
async fn an_open_http1_request_ends_with_its_answer() {
    let (app, gate) = slow_token().await;
    let socket = Socket::open(&app, None).await;
    let mut client = http1(socket.connect().await).await;
    let answering = tokio::spawn(client.send_request(token_request(&app, TOKEN_PATH)));
    within(gate.arrived()).await;
    socket.shutdown.cancel();
    within(socket.refused()).await;
    gate.open();
    let answer = within(answering).await.unwrap().unwrap();
    assert_eq!(answer.headers()["connection"], "close");
    assert_eq!(whole(answer).await.0, StatusCode::OK);
    socket.ended().await;
}

#[tokio::test]
async fn connections_without_a_request_end_at_once() {
    let app = TestApp::start().await;
    let socket = Socket::open(&app, None).await;
    let silent = socket.connect().await;
    let mut first = http1(socket.connect().await).await;
    let mut second = http2(socket.connect().await).await;
    let probe = |target| request(Method::GET, target, app.admin_key());
    let answer = within(first.send_request(probe("/healthz"))).await.unwrap();
    whole(answer).await;
    let answer = within(second.send_request(probe("http://localhost/healthz")))
        .await
        .unwrap();
    whole(answer).await;
    socket.shutdown.cancel();
    let begin = tokio::time::Instant::now();
    socket.ended().await;
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
    drop((silent, first, second));
}
