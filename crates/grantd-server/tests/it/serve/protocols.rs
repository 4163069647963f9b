//! Both versions of HTTP, with TLS and without.

use axum::http::{Method, StatusCode, Version};
use grantd_server::ServerTls;

use crate::support::TestApp;
use crate::support::socket::{Certificate, Socket, http1, http2, request, whole, within};

const PATH: &str = "/v1/credentials";

#[tokio::test]
async fn the_client_chooses_by_alpn() {
    let app = TestApp::start().await;
    let certificate = Certificate::new();
    let tls = ServerTls::new(certificate.identity.clone());
    let socket = Socket::open(&app, Some(tls)).await;
    let key = app.admin_key();

    for offered in [&["h2", "http/1.1"][..], &["http/1.1", "h2"], &["h2"]] {
        let stream = socket.handshake(&certificate, offered).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let request = request(Method::GET, &format!("https://localhost{PATH}"), key);
        let mut client = http2(stream).await;
        let answer = within(client.send_request(request)).await.unwrap();
        assert_eq!(answer.version(), Version::HTTP_2);
        assert_eq!(whole(answer).await.0, StatusCode::OK);
    }
    for (offered, agreed) in [(&["http/1.1"][..], Some(&b"http/1.1"[..])), (&[], None)] {
        let stream = socket.handshake(&certificate, offered).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed);
        let mut client = http1(stream).await;
        for _ in 0..2 {
            let request = request(Method::GET, PATH, key);
            let answer = within(client.send_request(request)).await.unwrap();
            assert_eq!(answer.version(), Version::HTTP_11);
            assert!(answer.headers().contains_key("content-length"));
            assert_eq!(whole(answer).await.0, StatusCode::OK);
            within(client.ready()).await.unwrap();
        }
    }
    assert!(socket.handshake(&certificate, &["smtp"]).await.is_err());
}

#[tokio::test]
async fn without_tls_the_first_bytes_tell() {
    let app = TestApp::start().await;
    let socket = Socket::open(&app, None).await;
    let key = app.admin_key();

    let mut client = http1(socket.connect().await).await;
    let answer = within(client.send_request(request(Method::GET, PATH, key)))
        .await
        .unwrap();
    assert_eq!(whole(answer).await.0, StatusCode::OK);

    let mut client = http2(socket.connect().await).await;
    let request = request(Method::GET, &format!("http://localhost{PATH}"), key);
    let answer = within(client.send_request(request)).await.unwrap();
    assert_eq!(whole(answer).await.0, StatusCode::OK);
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused_by_both() {
    let app = TestApp::start().await;
    let socket = Socket::open(&app, None).await;
    let large = "x".repeat(70_000);
    for (target, version) in [
        (PATH, Version::HTTP_11),
        ("http://localhost/", Version::HTTP_2),
    ] {
        let mut request = request(Method::GET, target, app.admin_key());
        request
            .headers_mut()
            .insert("x-large", large.parse().unwrap());
        let answer = if version == Version::HTTP_2 {
            let mut client = http2(socket.connect().await).await;
            within(client.send_request(request)).await
        } else {
            let mut client = http1(socket.connect().await).await;
            within(client.send_request(request)).await
        };
        let status = answer.unwrap().status();
        assert_eq!(
            status,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "{version:?}"
        );
    }
}

#[tokio::test]
async fn an_http2_client_is_held_to_the_host_as_well() {
    let app = TestApp::start().await;
    let socket = Socket::open(&app, None).await;
    let mut client = http2(socket.connect().await).await;
    for (authority, status) in [
        ("localhost", StatusCode::OK),
        ("localhost:8710", StatusCode::OK),
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
    ] {
        let request = request(
            Method::GET,
            &format!("http://{authority}{PATH}"),
            app.admin_key(),
        );
        let answer = within(client.send_request(request)).await.unwrap();
        assert_eq!(whole(answer).await.0, status, "{authority}");
    }
}
