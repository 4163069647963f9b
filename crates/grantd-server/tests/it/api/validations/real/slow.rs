//! A server that hangs in any phase, or answers late.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use grantd_sandbox::Effect;
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::support::real::Real;

#[tokio::test]
async fn the_phase_that_hangs_is_the_step_that_fails() {
    let real = Real::start().await;
    let millis = Duration::from_millis;
    let mut told = real.with_fault(Effect::Slow { delay: millis(50) }).await;
    for effect in [
        Effect::Slow {
            delay: millis(3000),
        },
        Effect::Hang,
        Effect::StalledBody,
    ] {
        told.push_str(&real.with_fault(effect).await);
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn a_server_that_accepts_nobody_and_one_that_says_nothing() {
    let real = Real::start().await;
    let full = FullServer::start().await;
    let endpoint = json!({"token_endpoint": format!("http://{}/token", full.address)});
    let mut told = real.told("nobody is accepted", endpoint).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let endpoint = json!({"token_endpoint": format!("https://{address}/token")});
    told.push_str(&real.told("no handshake", endpoint).await);
    insta::assert_snapshot!(told);
}

/// Listens, but its queue of connections is full and nobody empties it.
struct FullServer {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: JoinSet<()>,
}

impl FullServer {
    async fn start() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = JoinSet::new();
        for _ in 0..4 {
            waiting.spawn(async move {
                let _held = TcpStream::connect(address).await;
                std::future::pending::<()>().await;
            });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        Self {
            address,
            _listener: listener,
            _waiting: waiting,
        }
    }
}
