//! Ids of requests and the access log.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use grantd_model::{Action, Grant};
use grantd_server::ServerSettings;
use grantd_testkit::Answer;

use crate::support::socket::{Socket, http1, request, whole, within};
use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mine/token";

/// A server that trusts these proxies.
async fn behind(app: &TestApp, proxies: &[&str]) -> Socket {
    let settings = ServerSettings {
        allowed_hosts: vec!["localhost".to_owned()],
        trusted_proxies: proxies.iter().map(|it| it.parse().unwrap()).collect(),
        ..ServerSettings::default()
    };
    Socket::open_with(app, None, settings).await
}

async fn headers(socket: &Socket, request: Request<Body>) -> HeaderMap {
    let mut client = http1(socket.connect().await).await;
    let answer = within(client.send_request(request)).await.unwrap();
    let headers = answer.headers().clone();
    whole(answer).await;
    headers
}

fn with(mut request: Request<Body>, fields: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in fields {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

/// A token at hand, and a key for it.
async fn warm() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    app.answers(Answer::token(TOKEN));
    app.as_workload().get(PATH).await.expect(200);
    let key = app.key_with(vec![Grant::everywhere(Action::Token)]).await;
    (app, key)
}

#[tokio::test]
async fn each_answer_has_an_id_of_its_own_on_both_ways() {
    let (app, key) = warm().await;
    let socket = behind(&app, &[]).await;
    let mut seen = std::collections::BTreeSet::new();
    // the first two by the short way, then by the route, then one that is refused and one that finds nothing
    for target in [
        PATH,
        PATH,
        &format!("{PATH}?"),
        "/v1/credentials",
        "/nowhere",
        "/healthz",
    ] {
        let headers = headers(&socket, request(Method::GET, target, &key)).await;
        let id = headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(id.len() > 8, "{target}: {id}");
        assert!(seen.insert(id), "{target}");
    }
}

#[tokio::test]
async fn an_id_is_taken_from_a_trusted_proxy_if_it_is_plain() {
    let (app, key) = warm().await;
    let trusting = behind(&app, &["127.0.0.0/8"]).await;
    let other = behind(&app, &["10.0.0.0/8"]).await;
    for (socket, id, is_taken) in [
        (&trusting, "abc-1.2_3", true),
        (&trusting, "a b", false),
        (&other, "abc-1.2_3", false),
    ] {
        for target in [PATH, "/v1/credentials"] {
            let request = with(request(Method::GET, target, &key), &[("x-request-id", id)]);
            let headers = headers(socket, request).await;
            assert_eq!(headers["x-request-id"] == id, is_taken, "{id} {target}");
        }
    }
}

#[tokio::test]
async fn a_line_tells_who_asked_for_what_from_where_and_no_query() {
    let (app, key) = warm().await;
    let socket = behind(&app, &["127.0.0.0/8"]).await;
    let id = grantd_model::ApiKeySecret::parse(&key)
        .unwrap()
        .id
        .to_string();
    for target in [format!("{PATH}?reason=hush-hush"), PATH.to_owned()] {
        let proxied = [("x-forwarded-for", "192.0.2.7"), ("x-request-id", "r-1")];
        let request = with(request(Method::GET, &target, &key), &proxied);
        headers(&socket, request).await;
        let logs = app.logs();
        let line = logs
            .lines()
            .rfind(|line| line.contains("grantd::access"))
            .unwrap();
        for part in [
            "r-1",
            &id,
            "method=",
            "GET",
            PATH,
            "status=",
            "client=192.0.2.7",
        ] {
            assert!(line.contains(part), "`{part}` is missing: {line}");
        }
        assert!(!logs.contains("hush-hush"), "{logs}");
    }
    let logs = app.logs();
    let mut access = logs
        .lines()
        .filter(|line| line.contains("grantd::access: "));
    assert!(access.all(|line| line.contains("INFO") || line.contains("DEBUG")));
}
