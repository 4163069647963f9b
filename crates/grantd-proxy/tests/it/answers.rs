//! What services answer, and what reaches the caller of it.

use std::time::Duration;

use crate::rig::{Rig, field, status};
use crate::service::{Reply, Service};

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_passed_on() {
    let service =
        Service::start(|_| Reply::status("302 Found", "location: https://else.example/\r\n", ""))
            .await;
    let rig = Rig::start(service.address).await;
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(status(&answer), 302);
    assert_eq!(field(&answer, "location"), Some("https://else.example/"));
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_travel_only_where_they_may() {
    let service = Service::start(|_| {
        Reply::status("200 OK", "set-cookie: a=1\r\nalt-svc: h3=\":1\"\r\n", "")
    })
    .await;
    let rig = Rig::start(service.address).await;
    rig.add("Cookies", |draft| draft.cookies = true).await;
    let cookie = "cookie: b=2\r\n";
    let answer = rig.ask("GET /consumers/api/x", cookie, "").await;
    assert_eq!(
        (field(&answer, "set-cookie"), field(&answer, "alt-svc")),
        (None, None)
    );
    let answer = rig.ask("GET /consumers/cookies/x", cookie, "").await;
    assert_eq!(field(&answer, "set-cookie"), Some("a=1"));
    let seen = service.seen();
    assert_eq!(field(&seen[0], "cookie"), None);
    assert_eq!(field(&seen[1], "cookie"), Some("b=2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_set_and_removed() {
    let service = Service::start(|_| Reply::ok("")).await;
    let rig = Rig::start_with(service.address, |draft| {
        let header = |name: &str, value: &str, secret| grantd_model::consumer::HeaderDraft {
            name: name.to_owned(),
            value: Some(value.into()),
            secret,
        };
        draft.headers = vec![
            header("x-api-key", "secret-value", true),
            header("x-plain", "1", false),
        ];
        draft.remove_headers = vec!["x-gone".to_owned()];
        draft.token_header = "x-token".to_owned();
        draft.token_prefix = String::new();
    })
    .await;
    let fields = "x-api-key: mine\r\nx-plain: 2\r\nx-gone: 3\r\nx-token: 4\r\nx-stays: 5\r\n";
    assert_eq!(
        status(&rig.ask("GET /consumers/api/x", fields, "").await),
        200
    );
    let seen = service.only();
    assert_eq!(field(&seen, "x-api-key"), Some("secret-value"));
    assert_eq!(field(&seen, "x-plain"), Some("1"));
    assert_eq!(field(&seen, "x-gone"), None);
    assert_eq!(field(&seen, "x-stays"), Some("5"));
    assert_eq!(field(&seen, "authorization"), None);
    let token = field(&seen, "x-token").unwrap();
    assert!(token.len() > 10 && !token.contains(' '), "{token}");
    assert_eq!(seen.to_lowercase().matches("x-api-key").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_body_leaves_the_connection_of_use() {
    let service = Service::start(|request| {
        if request.starts_with("HEAD") {
            Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n".to_vec())
        } else if request.contains("/304") {
            Reply::Bytes(b"HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n".to_vec())
        } else {
            Reply::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())
        }
    })
    .await;
    let rig = Rig::start(service.address).await;
    let mut stream = rig.connect().await;
    for (line, expected) in [
        ("HEAD /consumers/api/x", "200 OK"),
        ("GET /consumers/api/304", "304 Not Modified"),
        ("GET /consumers/api/204", "204 No Content"),
        ("HEAD /consumers/api/x", "200 OK"),
    ] {
        let answer = exchange(&mut stream, &rig, line).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected}")),
            "{answer}"
        );
        if line.starts_with("HEAD") {
            assert_eq!(field(&answer, "content-length"), Some("500"), "{answer}");
        }
    }
    assert_eq!(service.connections(), 1);
}

async fn exchange(stream: &mut tokio::net::TcpStream, rig: &Rig, line: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let text = format!(
        "{line} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\r\n",
        rig.key
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|it| it == b"\r\n\r\n") {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_is_named() {
    for (reply, code) in [
        (
            Reply::Last(b"garbage\r\n\r\n".to_vec()),
            "service_misbehaved",
        ),
        (Reply::Last(Vec::new()), "service_closed_early"),
        (
            Reply::Last(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
            "service_closed_early",
        ),
        (
            Reply::Last(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n".to_vec()),
            "service_misbehaved",
        ),
        (
            Reply::Last(
                format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(300_000)).into_bytes(),
            ),
            "service_misbehaved",
        ),
        (
            Reply::Last(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
                    .to_vec(),
            ),
            "service_misbehaved",
        ),
    ] {
        let service = Service::start(move |_| reply.clone()).await;
        let rig = Rig::start(service.address).await;
        let answer = rig.get("/consumers/api/x").await;
        assert_eq!(status(&answer), 502, "{answer}");
        assert!(answer.contains(code), "{code}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_breaks_off() {
    let service = Service::start(|_| {
        Reply::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nhalf".to_vec())
    })
    .await;
    let rig = Rig::start(service.address).await;
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(field(&answer, "content-length"), Some("500"));
    assert!(answer.ends_with("half"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_named() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let rig = Rig::start(address).await;
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(status(&answer), 502, "{answer}");
    assert!(answer.contains("service_unreachable"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let service = Service::start(|_| Reply::Later(Duration::from_secs(30), Vec::new())).await;
    let rig = Rig::start_with(service.address, |draft| draft.timeouts.answer_s = 1).await;
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(status(&answer), 504, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_that_died_costs_nobody_an_answer() {
    let service =
        Service::start(|_| Reply::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec()))
            .await;
    let rig = Rig::start(service.address).await;
    let mut stream = rig.connect().await;
    for _ in 0..20 {
        let answer = exchange(&mut stream, &rig, "GET /consumers/api/x").await;
        assert_eq!(status(&answer), 200, "{answer}");
    }
    assert_eq!(service.connections(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_addresses_may_be_dead() {
    let service =
        Service::start(|_| Reply::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec()))
            .await;
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = socket.local_addr().unwrap();
    drop(socket);
    let rig = Rig::start_with(service.address, |draft| {
        draft.addresses = vec![dead.to_string(), service.address.to_string()];
    })
    .await;
    for _ in 0..6 {
        assert_eq!(status(&rig.get("/consumers/api/x").await), 200);
    }
}
