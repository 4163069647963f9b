//! Idle connections: reused, thrown away, and never a reason to send twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use grantd_net::{ConnectionChoice, NetError, Outbound, Outcome, Phase};
use http::Method;
use tokio::io::AsyncWriteExt;

use crate::support::{OK, Script, Server, get, net, net_resolving, outline, read_request};

const LOOPBACK: &[&str] = &["127.0.0.0/8"];

#[tokio::test]
async fn a_connection_is_used_again_and_said_to_be() {
    let server = Server::answering(OK).await;
    let resolver = Script::new(&[&["127.0.0.1"]]);
    let net = net_resolving(LOOPBACK, &resolver);
    let url: url::Url = format!("http://auth.example:{}/", server.address.port())
        .parse()
        .unwrap();
    net.send(get(url.clone())).await.unwrap();
    let second = net.send(get(url.clone())).await.unwrap();
    assert_eq!(
        outline(&second.phases),
        [
            (Phase::Dns, Outcome::Reused),
            (Phase::EgressPolicy, Outcome::Done),
            (Phase::Tcp, Outcome::Reused),
            (Phase::Request, Outcome::Done),
            (Phase::Response, Outcome::Done),
        ]
    );
    assert_eq!((server.accepted(), resolver.asked().len()), (1, 1));

    let mut fresh = get(url);
    fresh.connection = ConnectionChoice::Fresh;
    let third = net.send(fresh).await.unwrap();
    assert!(third.phases.iter().all(|it| it.outcome == Outcome::Done));
    assert_eq!((server.accepted(), resolver.asked().len()), (2, 2));
}

#[tokio::test]
async fn hosts_do_not_share_connections() {
    let server = Server::answering(OK).await;
    let net = net_resolving(LOOPBACK, &Script::new(&[&["127.0.0.1"]]));
    for host in ["a.example", "b.example", "a.example"] {
        let url = format!("http://{host}:{}/", server.address.port());
        net.send(get(url.parse().unwrap())).await.unwrap();
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_replaced() {
    let server = Server::start(|mut stream| async move {
        read_request(&mut stream).await.unwrap();
        stream.write_all(OK).await.unwrap();
    })
    .await;
    let net = net(LOOPBACK);
    for round in 1..=3 {
        let response = net.send(get(server.url("/"))).await.unwrap();
        assert_eq!(response.status, 200);
        assert!(response.phases.iter().all(|it| it.outcome == Outcome::Done));
        assert_eq!(server.accepted(), round);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn connections_that_say_close_are_not_kept() {
    let server =
        Server::answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            .await;
    let net = net(LOOPBACK);
    for round in 1..=2 {
        net.send(get(server.url("/"))).await.unwrap();
        assert_eq!(server.accepted(), round);
    }
}

#[tokio::test]
async fn a_request_that_may_have_arrived_is_not_sent_again() {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let server = Server::start(move |mut stream| {
        let count = Arc::clone(&count);
        async move {
            read_request(&mut stream).await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            stream.write_all(OK).await.unwrap();
            // The second request of a connection is taken in and not answered.
            if read_request(&mut stream).await.is_some() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    })
    .await;
    let net = net(LOOPBACK);
    net.send(get(server.url("/"))).await.unwrap();
    for method in [Method::POST, Method::GET] {
        let mut request = get(server.url("/"));
        request.method = method;
        let before = requests.load(Ordering::SeqCst);
        let failure = net.send(request).await.unwrap_err();
        assert!(
            matches!(failure.error, NetError::ClosedEarly { .. }),
            "{failure}"
        );
        assert_eq!(requests.load(Ordering::SeqCst), before + 1);
        net.send(get(server.url("/"))).await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_with_an_unread_answer_is_not_kept() {
    let server = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour").await;
    let net = net(LOOPBACK);
    for round in 1..=2 {
        let mut request = get(server.url("/"));
        request.limits.response_bytes = 3;
        net.send(request).await.unwrap_err();
        assert_eq!(server.accepted(), round);
    }
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_a_minute() {
    let server = Server::answering(OK).await;
    let net = net(LOOPBACK);
    net.send(get(server.url("/"))).await.unwrap();
    for (seconds, accepted) in [(59, 1), (59, 1), (61, 2)] {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
        net.send(get(server.url("/"))).await.unwrap();
        assert_eq!(server.accepted(), accepted);
    }
}

#[tokio::test]
async fn many_at_once_are_served_and_few_are_kept() {
    let server = Server::answering(OK).await;
    let net = Arc::new(net(LOOPBACK));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let (net, url) = (Arc::clone(&net), server.url("/"));
        tasks.spawn(async move { net.send(get(url)).await.unwrap().status });
    }
    assert!(tasks.join_all().await.iter().all(|status| *status == 200));
    while server.open() > 32 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let before = server.accepted();
    for _ in 0..60 {
        net.send(get(server.url("/"))).await.unwrap();
    }
    assert_eq!(server.accepted(), before);
}
