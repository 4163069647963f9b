//! An answer that is told while it comes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use grantd_net::{BodyObserver, NetError, Outbound};
use http::{HeaderMap, StatusCode};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{Server, get, net, read_request};

const LOOPBACK: &[&str] = &["127.0.0.0/8"];

/// Passes on what it is told.
struct Told(Mutex<UnboundedSender<String>>);

impl Told {
    fn new() -> (Arc<Self>, UnboundedReceiver<String>) {
        let (sender, told) = unbounded_channel();
        (Arc::new(Self(Mutex::new(sender))), told)
    }

    fn tell(&self, text: String) {
        self.0.lock().unwrap().send(text).unwrap();
    }
}

impl BodyObserver for Told {
    fn begun(&self, status: StatusCode, headers: &HeaderMap) {
        self.tell(format!("{status} {}", headers["x-kind"].to_str().unwrap()));
    }

    fn piece(&self, bytes: &[u8]) {
        self.tell(String::from_utf8(bytes.to_vec()).unwrap());
    }
}

#[tokio::test]
async fn pieces_are_told_before_the_answer_has_ended() {
    let (go_on, goes_on) = tokio::sync::oneshot::channel::<()>();
    let goes_on = Arc::new(tokio::sync::Mutex::new(Some(goes_on)));
    let server = Server::start(move |mut stream| {
        let goes_on = Arc::clone(&goes_on);
        async move {
            read_request(&mut stream).await.unwrap();
            let head = b"HTTP/1.1 200 OK\r\nX-Kind: slow\r\nContent-Length: 6\r\n\r\none";
            stream.write_all(head).await.unwrap();
            let goes_on = goes_on.lock().await.take().unwrap();
            goes_on.await.unwrap();
            stream.write_all(b"two").await.unwrap();
        }
    })
    .await;
    let (observer, mut told) = Told::new();
    let mut request = get(server.url("/"));
    request.body_observer = Some(observer);
    let net = net(LOOPBACK);
    let told_early = async {
        assert_eq!(told.recv().await.unwrap(), "200 OK slow");
        assert_eq!(told.recv().await.unwrap(), "one");
        // only now does the server send the rest
        go_on.send(()).unwrap();
        assert_eq!(told.recv().await.unwrap(), "two");
    };
    let (answer, ()) = tokio::join!(net.send(request), told_early);
    assert_eq!(answer.unwrap().body, "onetwo");
}

#[tokio::test]
async fn what_is_beyond_a_limit_is_not_told() {
    let server = Server::start(|mut stream| async move {
        read_request(&mut stream).await.unwrap();
        let head = b"HTTP/1.1 500 Oops\r\nX-Kind: endless\r\n\r\n";
        let mut result = stream.write_all(head).await;
        while result.is_ok() {
            result = stream.write_all(b"0123456789").await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let (observer, mut told) = Told::new();
    let mut request = get(server.url("/"));
    request.limits.response_bytes = 100;
    request.body_observer = Some(observer);
    let failure = net(LOOPBACK).send(request).await.unwrap_err();
    assert!(
        matches!(failure.error, NetError::TooLarge { .. }),
        "{failure}"
    );
    assert_eq!(
        told.recv().await.unwrap(),
        "500 Internal Server Error endless"
    );
    let mut bytes = 0;
    while let Some(piece) = told.recv().await {
        bytes += piece.len();
    }
    assert!(bytes <= 100, "{bytes}");
}
