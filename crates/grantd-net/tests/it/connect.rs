//! Requests over plain TCP: what is sent, what is told, what connecting can meet.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use grantd_model::{ErrorKind, Secret};
use grantd_net::{Body, NetError, Outbound, Outcome, Phase, PhaseObserver, PhaseReport};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket};

use crate::support::{OK, Script, Server, get, net, net_resolving, outline, read_request};

const LOOPBACK: &[&str] = &["127.0.0.0/8"];

#[tokio::test]
async fn a_request_is_sent_and_its_phases_are_told() {
    let seen = Arc::new(Mutex::new(String::new()));
    let writer = Arc::clone(&seen);
    let server = Server::start(move |mut stream| {
        let writer = Arc::clone(&writer);
        async move {
            *writer.lock().unwrap() = read_request(&mut stream).await.unwrap();
            stream.write_all(OK).await.unwrap();
        }
    })
    .await;
    let mut request = get(server.url("/token?tenant=a%20b#part"));
    request.method = Method::POST;
    request.body = Body::Secret(Secret::new(b"client_secret=s".to_vec()));
    request.headers = vec![
        (header::ACCEPT, HeaderValue::from_static("application/json")),
        (
            HeaderName::from_static("x-twice"),
            HeaderValue::from_static("1"),
        ),
        (
            HeaderName::from_static("x-twice"),
            HeaderValue::from_static("2"),
        ),
    ];
    let response = net(LOOPBACK).send(request).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.body, "ok");
    assert_eq!(response.peer, server.address);
    let sent = format!(
        "POST /token?tenant=a%20b HTTP/1.1\r\nHost: {}\r\nUser-Agent: grantd/{}\r\n\
         Content-Length: 15\r\nAccept: application/json\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n\
         client_secret=s",
        server.address,
        env!("CARGO_PKG_VERSION"),
    );
    assert_eq!(*seen.lock().unwrap(), sent);
    assert_eq!(
        outline(&response.phases),
        [
            Phase::EgressPolicy,
            Phase::Tcp,
            Phase::Request,
            Phase::Response
        ]
        .map(|phase| (phase, Outcome::Done))
    );
}

#[tokio::test]
async fn phases_are_told_live_with_their_times() {
    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);
    impl PhaseObserver for Notes {
        fn begun(&self, phase: Phase) {
            self.0.lock().unwrap().push(format!("{phase}…"));
        }
        fn ended(&self, report: &PhaseReport) {
            let text = format!("{} {:?}", report.phase, report.outcome);
            self.0.lock().unwrap().push(text);
        }
    }
    let slow = Duration::from_millis(60);
    let server = Server::start(move |mut stream| async move {
        read_request(&mut stream).await.unwrap();
        tokio::time::sleep(slow).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            .await
            .unwrap();
        tokio::time::sleep(slow).await;
        stream.write_all(b"o").await.unwrap();
    })
    .await;
    let notes = Arc::new(Notes::default());
    let mut request = get(server.url("/"));
    request.observer = Some(Arc::clone(&notes) as Arc<dyn PhaseObserver>);
    let failure = net(LOOPBACK).send(request).await.unwrap_err();
    assert!(
        matches!(failure.error, NetError::ClosedEarly { .. }),
        "{failure}"
    );
    assert_eq!(
        *notes.0.lock().unwrap(),
        [
            "egress_policy…",
            "egress_policy Done",
            "tcp…",
            "tcp Done",
            "request…",
            "request Done",
            "response…",
            "response Failed",
        ]
    );
    // how the waits divide over the two depends on when the header is seen
    let waited: Duration = failure.phases[2..].iter().map(|it| it.duration).sum();
    assert!(waited >= 2 * slow, "{waited:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Server::answering(OK).await;
    let location = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url("/")
    );
    let server = Server::answering(location.leak().as_bytes()).await;
    let response = net(LOOPBACK).send(get(server.url("/"))).await.unwrap();
    assert_eq!(response.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(elsewhere.accepted(), 0);
}

#[tokio::test]
async fn nothing_listens() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/token?key=canary")
        .parse()
        .unwrap();
    let failure = net(LOOPBACK).send(get(url)).await.unwrap_err();
    assert_eq!(failure.kind(), ErrorKind::Unreachable);
    assert_eq!(
        failure.to_string(),
        format!("{address} refused the connection")
    );
    assert_eq!(
        outline(&failure.phases),
        [
            (Phase::EgressPolicy, Outcome::Done),
            (Phase::Tcp, Outcome::Failed)
        ]
    );
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_fails() {
    let server = Server::answering(OK).await;
    let net = net_resolving(LOOPBACK, &Script::new(&[&["127.0.0.9", "127.0.0.1"]]));
    let url = format!("http://two.example:{}/", server.address.port());
    let response = net.send(get(url.parse().unwrap())).await.unwrap();
    assert_eq!(response.peer, server.address);
}

#[tokio::test]
async fn connecting_ends_in_time() {
    let full = FullServer::start().await;
    let mut request = get(format!("http://{}/", full.address).parse().unwrap());
    request.limits.connect = Duration::from_millis(200);
    let failure = net(LOOPBACK).send(request).await.unwrap_err();
    assert_eq!(
        failure.error,
        NetError::ConnectTimeout {
            host: "127.0.0.1".to_owned(),
            after: Duration::from_millis(200),
        }
    );
    assert_eq!(
        failure.to_string(),
        "no connection to 127.0.0.1 within 0.2 s"
    );
    assert_eq!(outline(&failure.phases)[1], (Phase::Tcp, Outcome::Failed));
}

#[tokio::test]
async fn an_address_that_hangs_does_not_use_up_the_time_of_the_next() {
    let full = FullServer::start().await;
    let other = SocketAddr::from(([127, 0, 0, 2], full.address.port()));
    let _server = Server::start_at(other, |stream| crate::support::answer_all(stream, OK)).await;
    let net = net_resolving(LOOPBACK, &Script::new(&[&["127.0.0.1", "127.0.0.2"]]));
    let url = format!("http://two.example:{}/", other.port());
    let mut request = get(url.parse().unwrap());
    request.limits.connect = Duration::from_millis(600);
    assert_eq!(net.send(request).await.unwrap().peer, other);
}

#[tokio::test]
async fn requests_that_can_not_be_sent_are_named() {
    let net = net(LOOPBACK);
    for url in [
        "ftp://127.0.0.1/",
        "data:text/plain,x",
        "file:///etc/passwd",
    ] {
        let failure = net.send(get(url.parse().unwrap())).await.unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Invalid, "{url}");
    }
    for name in [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "te",
    ] {
        let mut request = get("http://127.0.0.1:1/".parse().unwrap());
        let name = HeaderName::from_static(name);
        request.headers = vec![(name.clone(), HeaderValue::from_static("x"))];
        let failure = net.send(request).await.unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Invalid);
        assert_eq!(
            failure.to_string(),
            format!("the header {name} is set by grantd itself")
        );
    }
}

#[tokio::test]
async fn closing_ends_the_tasks_of_idle_connections() {
    let server = Server::answering(OK).await;
    let net = net(LOOPBACK);
    net.send(get(server.url("/"))).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), net.close())
        .await
        .unwrap();
}

#[tokio::test]
async fn closing_ends_requests_that_still_wait() {
    let server = Server::start(|mut stream| async move {
        read_request(&mut stream).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let net = Arc::new(net(LOOPBACK));
    let (sender, url) = (Arc::clone(&net), server.url("/"));
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { sender.send(get(url)).await.unwrap_err().error });
    while server.accepted() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(5), net.close())
        .await
        .unwrap();
    let error = tasks.join_next().await.unwrap().unwrap();
    assert!(matches!(error, NetError::ClosedEarly { .. }), "{error}");
}

/// Listens, but its queue of connections is full and nobody empties it.
struct FullServer {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<tokio::task::JoinSet<()>>,
}

impl FullServer {
    #[expect(clippy::disallowed_methods, reason = "fills a queue without a way out")]
    async fn start() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut fillers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            fillers.spawn(async move {
                let _held = tokio::net::TcpStream::connect(address).await;
                std::future::pending::<()>().await;
            });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        Self {
            address,
            _listener: listener,
            _waiting: vec![fillers],
        }
    }
}
