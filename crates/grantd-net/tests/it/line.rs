//! Lines without HTTP: checked as every connection is, through the proxy, in the clear to this machine alone.

use std::sync::Arc;
use std::time::Duration;

use grantd_net::{Dial, Net, NetConfig, NetError, Outbound, TlsFault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use crate::proxy::{Proxy, TUNNEL};
use crate::support::{OK, Script, Server, net, net_resolving, policy};
use crate::tls::Authority;

fn dial(url: &str) -> Dial {
    Dial {
        url: Url::parse(url).unwrap(),
        tls_at_once: false,
        ca_bundle: None,
        limit: Duration::from_secs(5),
    }
}

#[tokio::test]
async fn what_is_not_allowed_is_not_dialled() {
    let server = Server::answering(OK).await;
    let port = server.address.port();
    let failure = net(&[])
        .dial(dial(&format!("https://127.0.0.1:{port}/")))
        .await;
    let error = failure.err().unwrap().error;
    assert!(matches!(error, NetError::Refused(_)), "{error}");
    // a name that leads to what is not allowed
    let script = Script::new(&[&["127.0.0.1"]]);
    let net = net_resolving(&[], &script);
    let failure = net
        .dial(dial(&format!("https://mail.example.com:{port}/")))
        .await;
    let error = failure.err().unwrap().error;
    assert!(matches!(error, NetError::Refused(_)), "{error}");
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn a_line_in_the_clear_stays_on_this_machine() {
    let script = Script::new(&[&["93.184.215.14"]]);
    let net = net_resolving(&["mail.example.com"], &script);
    let failure = net.dial(dial("http://mail.example.com:25/")).await;
    let error = failure.err().unwrap().error;
    assert!(matches!(error, NetError::Refused(_)), "{error}");
}

#[tokio::test]
async fn tls_at_once_is_by_the_authority_that_is_given() {
    let authority = Authority::new();
    let server = authority.server(&["localhost", "127.0.0.1"], |_| {}).await;
    let url = format!("https://127.0.0.1:{}/", server.address.port());
    let net = net(&["127.0.0.1/32"]);
    let mut at_once = Dial {
        tls_at_once: true,
        ca_bundle: Some(Arc::clone(&authority.pem)),
        ..dial(&url)
    };
    let mut line = net.dial(at_once.clone()).await.unwrap();
    line.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut begin = [0; 8];
    line.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1");
    at_once.ca_bundle = None;
    let error = net.dial(at_once).await.err().unwrap().error;
    assert!(matches!(error, NetError::Tls(_)), "{error}");
}

#[tokio::test]
async fn a_line_goes_through_the_proxy_and_under_tls_behind_it() {
    let authority = Authority::new();
    let server = authority.server(&["mail.example.com"], |_| {}).await;
    let proxy = Proxy::start(server.address, TUNNEL).await;
    let net = Net::new(NetConfig {
        proxy: Some(proxy.url()),
        ..NetConfig::new(policy(&["mail.example.com"]))
    });
    let later = Dial {
        ca_bundle: Some(Arc::clone(&authority.pem)),
        ..dial("https://mail.example.com:587/")
    };
    let line = net.unwrap().dial(later).await.unwrap();
    let mut line = line.start_tls().await.unwrap();
    line.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut begin = [0; 8];
    line.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1");
    assert_eq!(proxy.server.accepted(), 1);
}

#[tokio::test]
async fn a_line_in_the_clear_can_not_go_under_tls() {
    let server = Server::answering(OK).await;
    let url = format!("http://127.0.0.1:{}/", server.address.port());
    let line = net(&["127.0.0.1/32"]).dial(dial(&url)).await.unwrap();
    let error = line.start_tls().await.err().unwrap();
    assert!(matches!(error, NetError::Tls(TlsFault::Closed)), "{error}");
}
