//! Bodies as they come, in both directions.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::rig::{Rig, field, status};
use crate::service::{Reply, Service};

async fn read_until(stream: &mut TcpStream, answer: &mut Vec<u8>, end: &str) {
    let found = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(end);
    while !found(answer) {
        let read = timeout(Duration::from_secs(10), stream.read_buf(answer)).await;
        assert!(
            read.expect("it comes").unwrap() > 0,
            "{}",
            String::from_utf8_lossy(answer)
        );
    }
}

fn head(rig: &Rig, line: &str, fields: &str) -> Vec<u8> {
    format!(
        "{line} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n{fields}\r\n",
        rig.key
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_as_they_are_sent() {
    let service = Service::start(|_| {
        Reply::Slowly(
            vec![
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
                b"9\r\ndata: 1\n\n\r\n".to_vec(),
                b"9\r\ndata: 2\n\n\r\n".to_vec(),
                b"0\r\n\r\n".to_vec(),
            ],
            Duration::from_millis(400),
        )
    })
    .await;
    let rig = Rig::start(service.address).await;
    let mut stream = rig.connect().await;
    stream
        .write_all(&head(&rig, "GET /consumers/api/events", ""))
        .await
        .unwrap();
    let mut answer = Vec::new();
    read_until(&mut stream, &mut answer, "data: 1").await;
    assert!(!String::from_utf8_lossy(&answer).contains("data: 2"));
    read_until(&mut stream, &mut answer, "\r\n0\r\n\r\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_sent_as_it_comes_and_its_trailers_behind_it() {
    let service = Service::start(|_| {
        Reply::Bytes(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n"
                .to_vec(),
        )
    })
    .await;
    let rig = Rig::start(service.address).await;
    let mut stream = rig.connect().await;
    let fields = "transfer-encoding: chunked\r\nte: trailers\r\ntrailer: x-count\r\n";
    stream
        .write_all(&head(&rig, "POST /consumers/api/x", fields))
        .await
        .unwrap();
    for piece in ["3\r\none\r\n", "3\r\ntwo\r\n", "0\r\nx-count: 2\r\n\r\n"] {
        stream.write_all(piece.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut answer = Vec::new();
    read_until(&mut stream, &mut answer, "x-sum: 7").await;
    let seen = service.only();
    assert!(seen.contains("one") && seen.contains("two"), "{seen}");
    assert!(
        seen.to_lowercase().ends_with("x-count: 2\r\n\r\n"),
        "{seen}"
    );
    assert_eq!(field(&seen, "te"), Some("trailers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_before_it_sends_is_answered() {
    let service = Service::start(|_| Reply::ok("done")).await;
    let rig = Rig::start(service.address).await;
    let mut stream = rig.connect().await;
    let fields = "content-length: 4\r\nexpect: 100-continue\r\n";
    stream
        .write_all(&head(&rig, "PUT /consumers/api/x", fields))
        .await
        .unwrap();
    let mut answer = Vec::new();
    read_until(&mut stream, &mut answer, "HTTP/1.1 100 Continue\r\n\r\n").await;
    stream.write_all(b"body").await.unwrap();
    read_until(&mut stream, &mut answer, "done").await;
    let seen = service.only();
    assert!(seen.ends_with("\r\n\r\nbody"), "{seen}");
    assert_eq!(field(&seen, "expect"), None);

    // who is refused does not send it at all
    let mut stream = rig.connect().await;
    let text = "PUT /consumers/api/x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    read_until(&mut stream, &mut answer, "\r\n\r\n").await;
    assert!(answer.starts_with(b"HTTP/1.1 401"));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_go_through_whole() {
    let service = Service::start(|request| {
        let body = request.split("\r\n\r\n").nth(1).unwrap();
        Reply::ok(body)
    })
    .await;
    let rig = Rig::start(service.address).await;
    let body = "0123456789".repeat(100_000);
    let answer = rig.ask("POST /consumers/api/x", "", &body).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(answer.split("\r\n\r\n").nth(1).unwrap(), body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_leaves_takes_the_connection_along() {
    let service = Service::start(|_| Reply::Later(Duration::from_mins(1), Vec::new())).await;
    let rig = Rig::start(service.address).await;
    // in the middle of its body, and while it waits
    for (fields, body) in [("content-length: 100\r\n", "half"), ("", "")] {
        let mut stream = rig.connect().await;
        stream
            .write_all(&head(&rig, "POST /consumers/api/x", fields))
            .await
            .unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        rig.until(async || service.open() == 1).await;
        drop(stream);
        rig.until(async || service.open() == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_coming_is_not_waited_for() {
    let service = Service::start(|_| Reply::ok("done")).await;
    let rig = Rig::start_with(service.address, |draft| draft.timeouts.idle_s = 1).await;
    let mut stream = rig.connect().await;
    stream
        .write_all(&head(
            &rig,
            "POST /consumers/api/x",
            "content-length: 100\r\n",
        ))
        .await
        .unwrap();
    stream.write_all(b"half").await.unwrap();
    let mut answer = Vec::new();
    read_until(&mut stream, &mut answer, "request_incomplete").await;
    assert!(
        answer.starts_with(b"HTTP/1.1 408"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    rig.until(async || service.open() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stops_coming_ends() {
    let service = Service::start(|_| {
        Reply::Slowly(
            vec![
                b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec(),
                Vec::new(),
            ],
            Duration::from_secs(30),
        )
    })
    .await;
    let rig = Rig::start_with(service.address, |draft| draft.timeouts.idle_s = 1).await;
    let answer = timeout(Duration::from_secs(10), rig.get("/consumers/api/x"))
        .await
        .unwrap();
    assert!(answer.ends_with("half"), "{answer}");
}
