//! A place where there is no token endpoint, or that must not be reached.

use std::net::SocketAddr;

use serde_json::json;
use tokio::net::TcpListener;

use crate::support::real::{NAME, Real};

/// A port of this machine where nobody listens.
async fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn where_there_is_no_token_endpoint() {
    let real = Real::start().await;
    let port = real.address.port();
    let mut told = String::new();
    for (what, endpoint) in [
        ("no such path", format!("http://127.0.0.1:{port}/none")),
        (
            "a path for reading",
            format!("http://127.0.0.1:{port}/resource"),
        ),
        ("a closed port", format!("http://{}/token", closed().await)),
        ("not allowed", format!("http://127.0.0.9:{port}/token")),
        ("metadata", "https://169.254.169.254/token".to_owned()),
        ("no such name", "https://none.internal/token".to_owned()),
        ("no look-up", "https://broken.internal/token".to_owned()),
        (
            "no TLS at this port",
            format!("https://{NAME}:{port}/token"),
        ),
    ] {
        let changes = json!({"token_endpoint": endpoint});
        told.push_str(&real.told(what, changes).await);
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn a_proxy_that_is_none() {
    let real = Real::start().await;
    let mut told = String::new();
    for (what, proxy) in [
        ("a proxy that refuses", format!("http://{}", real.address)),
        (
            "a proxy that is not there",
            format!("http://{}", closed().await),
        ),
        (
            "a proxy that is not allowed",
            "http://127.0.0.9:3128".to_owned(),
        ),
    ] {
        let changes = json!({
            "token_endpoint": format!("https://{NAME}/token"), "egress_proxy": proxy,
        });
        told.push_str(&real.told(what, changes).await);
    }
    insta::assert_snapshot!(told);
}
