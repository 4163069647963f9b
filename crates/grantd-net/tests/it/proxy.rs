//! Through an HTTP proxy: a tunnel for https, the whole URL for plain http.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use grantd_model::{ErrorKind, ProxyUrl};
use grantd_net::{Net, NetConfig, NetError, Outbound, Outcome, Phase, ProxyChoice, Request};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{OK, Script, Server, get, outline, policy, read_request};
use crate::tls::Authority;

/// A proxy that leads every tunnel to one server and answers plain requests itself.
pub(crate) struct Proxy {
    pub(crate) server: Server,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) async fn start(target: SocketAddr, answer: &'static [u8]) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&seen);
        let server = Server::start(move |mut stream| {
            let writer = Arc::clone(&writer);
            async move {
                while let Some(text) = read_request(&mut stream).await {
                    let tunnel = text.starts_with("CONNECT ") && answer == TUNNEL;
                    writer.lock().unwrap().push(text);
                    stream.write_all(answer).await.unwrap();
                    if tunnel {
                        return lead(stream, target).await;
                    }
                }
            }
        })
        .await;
        Self { server, seen }
    }

    pub(crate) fn url(&self) -> ProxyUrl {
        ProxyUrl::try_from(format!("http://{}", self.server.address)).unwrap()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// The answer that opens a tunnel.
pub(crate) const TUNNEL: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

#[expect(
    clippy::disallowed_methods,
    reason = "the proxy of the test has a way out of its own"
)]
async fn lead(mut stream: TcpStream, target: SocketAddr) {
    let mut onward = TcpStream::connect(target).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
}

/// A way out with these rules and the operator's proxy, where every name is 127.0.0.1.
pub(crate) fn net(allow: &[&str], proxy: Option<&Proxy>) -> (Net, Arc<Script>) {
    let resolver = Script::new(&[&["127.0.0.1"]]);
    let mut config = NetConfig::new(policy(allow));
    config.resolver = Arc::clone(&resolver) as _;
    config.proxy = proxy.map(Proxy::url);
    (Net::new(config).unwrap(), resolver)
}

/// A GET through this proxy.
pub(crate) fn through(proxy: &Proxy, url: &str) -> Request {
    let mut request = get(url.parse().unwrap());
    request.proxy = ProxyChoice::Through(proxy.url());
    request
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_the_proxy_resolves() {
    let authority = Authority::new();
    let target = authority.server(&["login.example.com"], |_| ()).await;
    let proxy = Proxy::start(target.address, TUNNEL).await;
    let (net, resolver) = net(&[], Some(&proxy));
    for outcome in [Outcome::Done, Outcome::Reused] {
        let mut request = get("https://login.example.com/token?key=canary"
            .parse()
            .unwrap());
        request.ca_bundle = Some(Arc::clone(&authority.pem));
        let response = net.send(request).await.unwrap();
        assert_eq!(response.body, "ok");
        assert_eq!(response.peer, proxy.server.address);
        assert!(!response.quotable, "only the proxy knows where it led");
        assert_eq!(
            outline(&response.phases),
            [
                (Phase::EgressPolicy, Outcome::Done),
                (Phase::Tcp, outcome),
                (Phase::Proxy, outcome),
                (Phase::Tls, outcome),
                (Phase::Request, Outcome::Done),
                (Phase::Response, Outcome::Done),
            ]
        );
    }
    assert_eq!(resolver.asked(), Vec::<String>::new());
    let seen = proxy.seen();
    assert_eq!(seen.len(), 1);
    assert!(
        seen[0].starts_with(
            "CONNECT login.example.com:443 HTTP/1.1\r\nHost: login.example.com:443\r\n"
        )
    );
    assert!(!seen[0].contains("canary"));
}

#[tokio::test]
async fn plain_http_is_asked_for_by_its_whole_url() {
    let proxy = Proxy::start("127.0.0.1:9".parse().unwrap(), OK).await;
    let (net, _) = net(&["127.0.0.1", "localhost"], None);
    let response = net
        .send(through(&proxy, "http://localhost:8080/a?b=c"))
        .await
        .unwrap();
    assert_eq!(response.status, 200);
    assert!(response.quotable, "the operator has listed it");
    let seen = proxy.seen();
    assert!(
        seen[0].starts_with("GET http://localhost:8080/a?b=c HTTP/1.1\r\nHost: localhost:8080\r\n"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_with_its_status() {
    for (answer, status, word) in [
        (
            &b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"[..],
            407,
            "sign-in",
        ),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", 502, "log"),
        (b"HTTP/1.0 403 Forbidden\r\n\r\n", 403, "allow"),
    ] {
        let proxy = Proxy::start("127.0.0.1:9".parse().unwrap(), answer).await;
        let (net, _) = net(&[], Some(&proxy));
        let url = "https://login.example.com/".parse().unwrap();
        let failure = net.send(get(url)).await.unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Unreachable);
        assert_eq!(
            failure.to_string(),
            format!("the proxy refused with status {status}")
        );
        assert!(failure.error.remedy().contains(word));
        assert_eq!(
            outline(&failure.phases).last(),
            Some(&(Phase::Proxy, Outcome::Failed))
        );
    }
}

#[tokio::test]
async fn what_is_no_proxy_is_told() {
    for answer in [&b"SSH-2.0-x\r\n\r\n"[..], &[b'x'; 9_000]] {
        let proxy = Proxy::start("127.0.0.1:9".parse().unwrap(), answer).await;
        let (net, _) = net(&[], Some(&proxy));
        let url = "https://login.example.com/".parse().unwrap();
        let failure = net.send(get(url)).await.unwrap_err();
        assert!(
            matches!(failure.error, NetError::ProxyMisbehaved { .. }),
            "{failure}"
        );
    }
}
