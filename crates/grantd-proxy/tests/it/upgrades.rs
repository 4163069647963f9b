//! Connections that become something else than HTTP.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::rig::{Rig, field, status};
use crate::service::{Reply, Service};

const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n";

const FIELDS: &str = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: k\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_through_once_both_agree() {
    let service = Service::start(|_| Reply::Echo(SWITCH.to_vec())).await;
    let rig = Rig::start_with(service.address, |draft| draft.upgrades = true).await;
    let mut stream = rig.connect().await;
    let text = format!(
        "GET /consumers/api/ws HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n{FIELDS}\r\n",
        rig.key
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    let head = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert_eq!(status(&head), 101, "{head}");
    assert_eq!(field(&head, "sec-websocket-accept"), Some("x"));
    for word in ["one", "two"] {
        stream.write_all(word.as_bytes()).await.unwrap();
        let mut back = vec![0; word.len()];
        timeout(Duration::from_secs(5), stream.read_exact(&mut back))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(back, word.as_bytes());
    }
    let seen = service.only();
    assert_eq!(field(&seen, "upgrade"), Some("websocket"));
    assert_eq!(field(&seen, "sec-websocket-key"), Some("k"));
    drop(stream);
    rig.until(async || service.open() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_upgrade_sends_nothing() {
    let service = Service::start(|_| Reply::Echo(SWITCH.to_vec())).await;
    let rig = Rig::start(service.address).await;
    let inner = "GET /consumers/api/smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    let text = format!(
        "GET /consumers/api/ws HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n{FIELDS}\r\n{inner}",
        rig.key
    );
    let mut stream = rig.connect().await;
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 403"));
    assert!(service.seen().is_empty(), "{:?}", service.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_upgrade_answers_as_usual() {
    let service = Service::start(|_| Reply::status("200 OK", "", "no")).await;
    let rig = Rig::start_with(service.address, |draft| draft.upgrades = true).await;
    let text = format!(
        "GET /consumers/api/ws HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n{FIELDS}\r\n",
        rig.key
    );
    let mut stream = rig.connect().await;
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(
        answer[..read].ends_with(b"no"),
        "{}",
        String::from_utf8_lossy(&answer[..read])
    );

    let other = Service::start(|_| {
        Reply::Last(
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n"
                .to_vec(),
        )
    })
    .await;
    let rig = Rig::start_with(other.address, |draft| draft.upgrades = true).await;
    let answer = rig
        .ask("GET /consumers/api/ws", "upgrade: websocket\r\n", "")
        .await;
    assert_eq!(status(&answer), 502, "{answer}");
}
