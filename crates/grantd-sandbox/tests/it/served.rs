//! Over a loopback socket: serving and stopping.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::support::{SALES, encode, fixture, sales_parameters};

fn token_request() -> String {
    let body = encode(&sales_parameters());
    format!(
        "POST /token HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is tried from outside, without grantd's own client"
)]
async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

async fn exchange(mut stream: TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn it_serves_and_a_hanging_request_does_not_hold_up_the_stop() {
    let fixture = fixture();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = fixture.sandbox.serve(listener, async {
        let _ = stopped.await;
    });
    let client = async {
        let stream = connect(address).await;
        let answer = exchange(stream, &token_request()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

        fixture.fault(r#"{"kind":"hang"}"#).await;
        let stream = connect(address).await;
        let request = token_request();
        let hanging = exchange(stream, &request);
        let stopping = async {
            while fixture.stats().outcome(SALES, "fault_hang") == 0 {
                sleep(Duration::from_millis(2)).await;
            }
            drop(stop);
        };
        let (answer, ()) = tokio::join!(hanging, stopping);
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    };
    let (served, ()) = tokio::join!(serving, client);
    served.unwrap();
}

#[tokio::test]
async fn a_client_that_never_finishes_is_left_behind() {
    let fixture = fixture();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut stream = connect(address).await;
    stream
        .write_all(b"POST /token HTTP/1.1\r\nhost: sandbox\r\ncontent-length: 9\r\n\r\n")
        .await
        .unwrap();
    let begin = Instant::now();
    let shutdown = sleep(Duration::from_millis(100));
    fixture.sandbox.serve(listener, shutdown).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(4));
}
