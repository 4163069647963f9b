//! What must not get through, byte by byte: smuggling, hop-by-hop fields, odd targets, tricks in paths.

use std::fmt::Write as _;

use crate::rig::{Rig, field, status};
use crate::service::{Reply, Service};

async fn stage() -> (Service, Rig) {
    let service = Service::start(|_| Reply::ok("hello")).await;
    let rig = Rig::start(service.address).await;
    (service, rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_through_with_the_token_and_without_the_key() {
    let (service, rig) = stage().await;
    let answer = rig
        .ask("GET /consumers/api/v1/x?a=1&b=%2F", "accept: a/b\r\n", "")
        .await;
    assert_eq!(status(&answer), 200, "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    let seen = service.only();
    assert!(
        seen.starts_with("GET /base/v1/x?a=1&b=%2F HTTP/1.1\r\n"),
        "{seen}"
    );
    assert_eq!(field(&seen, "host").unwrap(), service.address.to_string());
    assert_eq!(field(&seen, "accept"), Some("a/b"));
    let token = field(&seen, "authorization")
        .unwrap()
        .strip_prefix("Bearer ")
        .unwrap();
    assert!(!token.is_empty() && !seen.contains(&rig.key), "{seen}");
    assert!(!answer.contains(token));
    assert_eq!(field(&seen, "connection"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_connection_stay_on_their_side() {
    let (service, rig) = stage().await;
    let fields = "connection: x-hop, keep-alive\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\nte: deflate\r\n\
                  proxy-connection: keep-alive\r\nproxy-authorization: Basic YQ==\r\nupgrade: h2c\r\nx-end: 1\r\n";
    let answer = rig.ask("GET /consumers/api/", fields, "").await;
    assert_eq!(status(&answer), 200, "{answer}");
    let seen = service.only();
    for name in [
        "x-hop",
        "keep-alive",
        "te",
        "proxy-connection",
        "proxy-authorization",
        "upgrade",
        "connection",
    ] {
        assert_eq!(field(&seen, name), None, "{name}: {seen}");
    }
    assert_eq!(field(&seen, "x-end"), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_lengths_are_never_two_requests() {
    let (service, rig) = stage().await;
    let key = format!("authorization: Bearer {}\r\n", rig.key);
    let inner = format!("GET /consumers/api/smuggled HTTP/1.1\r\nhost: a\r\n{key}\r\n");
    for framing in [
        "content-length: 6\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 6\r\n",
    ] {
        let before = service.seen().len();
        let text = format!(
            "POST /consumers/api/outer HTTP/1.1\r\nhost: a\r\n{key}{framing}\r\n0\r\n\r\n{inner}"
        );
        let answer = rig.raw(text.as_bytes()).await;
        let seen = service.seen();
        assert!(seen.len() <= before + 1, "{seen:?}");
        assert!(!seen.iter().any(|it| it.contains("smuggled")), "{seen:?}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        if let Some(outer) = seen.get(before) {
            assert_eq!(
                field(outer, "content-length").is_some(),
                field(outer, "transfer-encoding").is_none()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_in_two_minds_is_refused() {
    let (service, rig) = stage().await;
    for framing in [
        "transfer-encoding: identity\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: xchunked\r\n",
        "content-length: 1\r\ncontent-length: 2\r\n",
        "content-length: 1, 2\r\n",
        "content-length: +1\r\n",
        "content-length: -1\r\n",
    ] {
        let answer = rig.ask("POST /consumers/api/", framing, "").await;
        assert_eq!(status(&answer), 400, "{framing}: {answer}");
    }
    assert!(service.seen().is_empty(), "{:?}", service.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_heads_are_refused() {
    let (service, rig) = stage().await;
    let key = format!("authorization: Bearer {}\r\n", rig.key);
    for text in [
        format!("GET /consumers/api/ HTTP/1.1\r\n{key}\r\n"),
        format!("GET /consumers/api/ HTTP/1.1\r\nhost: a\r\nhost: a\r\n{key}\r\n"),
        format!("GET /consumers/api/ HTTP/1.1\r\nhost: a\r\nx y: 1\r\n{key}\r\n"),
        format!("GET /consumers/api/ HTTP/1.1\r\nhost: a\r\nx : 1\r\n{key}\r\n"),
        format!("GET /consumers/api/ HTTP/1.1\r\nhost: a\r\n x: 1\r\n{key}\r\n"),
        format!("GET /consumers/api/ HTTP/1.1\r\nhost: a\r\nx: a\x00b\r\n{key}\r\n"),
        format!("GET /consumers/api/\x01 HTTP/1.1\r\nhost: a\r\n{key}\r\n"),
        format!("CONNECT api.example:443 HTTP/1.1\r\nhost: a\r\n{key}\r\n"),
        format!("OPTIONS * HTTP/1.1\r\nhost: a\r\n{key}\r\n"),
        "garbage\r\n\r\n".to_owned(),
        "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03".to_owned() + "\r\n\r\n",
    ] {
        let text = text.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
        let answer = rig.raw(text.as_bytes()).await;
        assert!(
            answer.is_empty() || status(&answer) == 400,
            "{text:?}: {answer}"
        );
    }
    assert!(service.seen().is_empty(), "{:?}", service.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_100_kb_is_refused() {
    let (service, rig) = stage().await;
    let large = format!("x-large: {}\r\n", "a".repeat(100_000));
    let answer = rig.ask("GET /consumers/api/", &large, "").await;
    assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
    let mut many = String::new();
    for number in 0..1000 {
        let _ = write!(many, "x-{number}: 1\r\n");
    }
    let answer = rig.ask("GET /consumers/api/", &many, "").await;
    assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
    assert!(service.seen().is_empty());
    assert_eq!(status(&rig.get("/consumers/api/").await), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_in_absolute_form_names_the_host() {
    let service = Service::start(|_| Reply::ok("hello")).await;
    let rig = Rig::start_with(service.address, |draft| {
        draft.hosts = vec!["crm.internal.example".to_owned()];
    })
    .await;
    for line in [
        "GET http://crm.internal.example/a",
        "GET http://CRM.internal.example.:8711/a",
    ] {
        let answer = rig.ask(line, "", "").await;
        assert_eq!(status(&answer), 200, "{line}: {answer}");
    }
    let answer = rig
        .ask("GET http://proxy.example/consumers/api/a", "", "")
        .await;
    assert_eq!(status(&answer), 200, "{answer}");
    for seen in service.seen() {
        assert!(seen.starts_with("GET /base/a HTTP/1.1\r\n"), "{seen}");
    }
    let answer = rig.ask("GET http://other.example/a", "", "").await;
    assert_eq!(status(&answer), 404, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tricks_in_paths_are_refused() {
    let service = Service::start(|_| Reply::ok("hello")).await;
    let rig = Rig::start(service.address).await;
    rig.add("Ruled", |draft| {
        draft.paths = vec!["/v1/orders".to_owned()];
        draft.methods = vec!["GET".to_owned()];
    })
    .await;
    for path in [
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "/v1/%2E%2E%2Fadmin",
        "/v1/..%2fadmin",
        "/v1/..;/admin",
        "/v1/%252e%252e/admin",
        "/v1/orders/..",
        "/v1/a\\..\\b",
        "/v1/a%5c..",
        "/a%00b",
        "/a%0d%0ab",
        "/%zz",
    ] {
        for consumer in ["api", "ruled"] {
            let answer = rig.get(&format!("/consumers/{consumer}{path}")).await;
            assert_eq!(status(&answer), 400, "{consumer} {path}: {answer}");
        }
    }
    for path in ["/v1/orders//x", "//v1/orders", "/v1/orders%2fx"] {
        let answer = rig.get(&format!("/consumers/ruled{path}")).await;
        assert_eq!(status(&answer), 400, "{path}: {answer}");
    }
    for path in ["/v1/ordersx", "/v1", "/V1/orders", "/v1/%6frders", "", "/"] {
        let answer = rig.get(&format!("/consumers/ruled{path}")).await;
        assert_eq!(status(&answer), 403, "{path}: {answer}");
    }
    assert!(service.seen().is_empty(), "{:?}", service.seen());
    let answer = rig.ask("POST /consumers/ruled/v1/orders", "", "").await;
    assert_eq!(status(&answer), 403, "{answer}");
    for path in ["/v1/orders", "/v1/orders/7?x=..%2f", "/v1/orders/"] {
        let answer = rig.get(&format!("/consumers/ruled{path}")).await;
        assert_eq!(status(&answer), 200, "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_at_once_get_two_answers_in_order() {
    let service = Service::start(|request| {
        Reply::ok(if request.contains("/base/one") {
            "1"
        } else {
            "2"
        })
    })
    .await;
    let rig = Rig::start(service.address).await;
    let key = &rig.key;
    let text = format!(
        "GET /consumers/api/one HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\r\n\
         GET /consumers/api/two HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
    );
    let answer = rig.raw(text.as_bytes()).await;
    let bodies: Vec<&str> = answer
        .split("\r\n\r\n")
        .skip(1)
        .map(|it| it.split("HTTP").next().unwrap())
        .collect();
    assert_eq!(bodies, ["1", "2"], "{answer}");
}
