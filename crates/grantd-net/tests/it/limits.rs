//! Servers that say too much, too little or nothing.

use std::time::Duration;

use grantd_model::ErrorKind;
use grantd_net::{NetError, Outbound, Outcome, Phase, SendFailure};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Server, get, net, outline, read_request};

const LOOPBACK: &[&str] = &["127.0.0.0/8"];

/// What a server that begins with these bytes, goes on with the others and closes leads to.
async fn failure(answer: &'static [u8], repeated: &'static [u8]) -> SendFailure {
    let server = Server::start(move |stream| flood(stream, answer, repeated)).await;
    let mut request = get(server.url("/token?key=canary"));
    request.limits.response_bytes = 1000;
    let failure = net(LOOPBACK).send(request).await.unwrap_err();
    assert!(!failure.to_string().contains("canary"), "{failure}");
    failure
}

async fn flood(mut stream: TcpStream, answer: &'static [u8], repeated: &'static [u8]) {
    let _ = read_request(&mut stream).await;
    let mut result = stream.write_all(answer).await;
    while result.is_ok() && !repeated.is_empty() {
        result = stream.write_all(repeated).await;
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_read_on() {
    let announced = failure(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", b"").await;
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunked = failure(chunked, b"10\r\n0123456789abcdef\r\n").await;
    let open_ended = failure(b"HTTP/1.1 500 Oops\r\n\r\n", b"0123456789").await;
    for (failure, expected) in [(announced, 200), (chunked, 200), (open_ended, 500)] {
        let NetError::TooLarge { status, limit, .. } = &failure.error else {
            panic!("{failure}");
        };
        assert_eq!((status.as_u16(), *limit), (expected, 1000));
        assert_eq!(failure.kind(), ErrorKind::AuthorizationServerMisbehaved);
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let server = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour").await;
    let mut request = get(server.url("/"));
    request.limits.response_bytes = 4;
    assert_eq!(net(LOOPBACK).send(request).await.unwrap().body, "four");
}

#[tokio::test]
async fn a_header_beyond_the_limits_is_not_read_on() {
    for repeated in [&b"X-Flood: 1\r\n"[..], b"0123456789abcdef"] {
        let failure = failure(b"HTTP/1.1 200 OK\r\nX: ", repeated).await;
        assert!(
            matches!(failure.error, NetError::HeaderTooLarge { .. }),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn a_large_header_that_ends_is_refused_as_well() {
    let field = format!("X-Large: {}\r\n", "x".repeat(12_000));
    for (fields, fits) in [(2, true), (3, false)] {
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n",
            field.repeat(fields)
        );
        let server = Server::answering(answer.leak().as_bytes()).await;
        let result = net(LOOPBACK).send(get(server.url("/"))).await;
        match result {
            Ok(response) => assert!(fits, "{response:?}"),
            Err(failure) => {
                let too_large = matches!(failure.error, NetError::HeaderTooLarge { .. });
                assert!(!fits && too_large, "{failure}");
            }
        }
    }
}

#[tokio::test]
async fn chunk_extensions_without_end_are_not_read_on() {
    let begin = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;";
    let failure = failure(begin, b"extension=x;").await;
    assert!(
        matches!(failure.error, NetError::Malformed { .. }),
        "{failure}"
    );
}

#[tokio::test]
async fn an_answer_that_ends_early_is_told() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let failure = failure(answer, b"").await;
        assert!(
            matches!(failure.error, NetError::ClosedEarly { .. }),
            "{failure}"
        );
        assert_eq!(failure.kind(), ErrorKind::Unreachable);
    }
}

#[tokio::test]
async fn what_is_not_http_is_told() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.9\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    ] {
        let failure = failure(answer, b"").await;
        assert!(
            matches!(failure.error, NetError::Malformed { .. }),
            "{failure:?}"
        );
        assert_eq!(failure.kind(), ErrorKind::AuthorizationServerMisbehaved);
    }
}

#[tokio::test]
async fn a_silent_server_is_left_in_time() {
    for (answer, phase) in [
        (&b""[..], Phase::Request),
        (b"HTTP/1.1 200 OK\r\n", Phase::Request),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            Phase::Response,
        ),
    ] {
        let server = Server::start(move |mut stream| async move {
            read_request(&mut stream).await.unwrap();
            stream.write_all(answer).await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;
        let mut request = get(server.url("/"));
        request.limits.total = Duration::from_millis(200);
        let failure = net(LOOPBACK).send(request).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            format!("{} did not answer within 0.2 s", server.address)
        );
        assert_eq!(failure.kind(), ErrorKind::Unreachable);
        assert_eq!(
            outline(&failure.phases).last(),
            Some(&(phase, Outcome::Failed))
        );
    }
}

#[tokio::test]
async fn a_body_in_drops_does_not_stretch_the_time() {
    let server = Server::start(|mut stream| async move {
        read_request(&mut stream).await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let mut request = get(server.url("/"));
    request.limits.total = Duration::from_millis(300);
    let failure = net(LOOPBACK).send(request).await.unwrap_err();
    assert!(
        matches!(failure.error, NetError::RequestTimeout { .. }),
        "{failure}"
    );
}
