//! Handshakes: what is shown, and that nobody waits for another's.

use axum::http::{Method, StatusCode};
use grantd_server::ServerTls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::TestApp;
use crate::support::socket::{Certificate, Socket, http2, request, whole, within};

#[tokio::test]
async fn clients_that_never_shake_hands_hold_up_nobody() {
    let app = TestApp::start().await;
    let certificate = Certificate::new();
    let tls = ServerTls::new(certificate.identity.clone());
    let socket = Socket::open(&app, Some(tls)).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(socket.connect().await);
    }
    let stream = socket.handshake(&certificate, &["h2"]).await.unwrap();
    let mut client = http2(stream).await;
    let request = request(Method::GET, "https://localhost/v1/keys", app.admin_key());
    let answer = within(client.send_request(request)).await.unwrap();
    assert_eq!(whole(answer).await.0, StatusCode::OK);

    // those that are silent do not hold up the end either
    socket.shutdown.cancel();
    drop(client);
    socket.ended().await;
}

#[tokio::test]
async fn plain_http_is_not_answered_where_tls_is_spoken() {
    let app = TestApp::start().await;
    let certificate = Certificate::new();
    let tls = ServerTls::new(certificate.identity.clone());
    let socket = Socket::open(&app, Some(tls)).await;
    let mut stream = socket.connect().await;
    let sent = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    // the server may close with what it has not read
    let _ = within(stream.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn another_certificate_is_shown_from_the_next_handshake_on() {
    let app = TestApp::start().await;
    let (old, new) = (Certificate::new(), Certificate::new());
    let tls = ServerTls::new(old.identity.clone());
    let socket = Socket::open(&app, Some(tls.clone())).await;
    let stream = socket.handshake(&old, &["h2"]).await.unwrap();
    let mut open = http2(stream).await;

    tls.replace(new.identity.clone());
    assert!(socket.handshake(&old, &["h2"]).await.is_err());
    let stream = socket.handshake(&new, &["h2"]).await.unwrap();
    let mut fresh = http2(stream).await;
    for client in [&mut open, &mut fresh] {
        let request = request(Method::GET, "https://localhost/healthz", app.admin_key());
        let answer = within(client.send_request(request)).await.unwrap();
        assert_eq!(whole(answer).await.0, StatusCode::OK);
    }
}
