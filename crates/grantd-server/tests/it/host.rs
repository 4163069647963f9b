//! Only for hosts that the operator allows (DNS rebinding); probes are let through.

use crate::support::TestApp;

#[tokio::test]
async fn an_allowed_host_has_any_port_and_case() {
    let app = TestApp::start().await;
    for host in [
        "localhost",
        "localhost:1",
        "LOCALHOST:8710",
        "grantd.example.com",
        "localhost.",
    ] {
        let call = app.as_admin().get("/v1/credentials").without("host");
        call.header("host", host).await.expect(200);
    }
}

#[tokio::test]
async fn another_host_or_none_is_refused_everywhere_but_at_the_probe() {
    let app = TestApp::start().await;
    for path in [
        "/v1/credentials",
        "/v1/none",
        "/openapi.json",
        "/docs/",
        "/docs",
        "/none",
    ] {
        for host in [
            "evil.example",
            "evil.example:8710",
            "127.0.0.1",
            "[::1]:8710",
            "",
            "a b",
            "local",
        ] {
            let call = app
                .as_admin()
                .get(path)
                .without("host")
                .header("host", host);
            call.await.expect(421).problem("host_not_allowed");
        }
        let none = app.as_admin().get(path).without("host").await;
        none.expect(421).problem("host_not_allowed");
        let two = app.as_admin().get(path).header("host", "localhost").await;
        two.expect(421).problem("host_not_allowed");
    }
    // a person is told by a page, and what to do
    for path in ["/", "/console", "/console/", "/console/credentials"] {
        let call = app.anonymous().get(path).without("host");
        let page = call.header("host", "grantd.lan").await.expect(421);
        assert!(
            page.header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        let text = page.text();
        assert!(
            text.contains("grantd.lan") && text.contains("server.allowed_hosts"),
            "{text}"
        );
    }
    let call = app
        .as_admin()
        .get("/v1/credentials")
        .without("host")
        .header("host", "evil.example");
    let detail = call.await.detail("host_not_allowed");
    assert!(detail.contains("`evil.example`"), "{detail}");
}

#[tokio::test]
async fn http2_names_the_host_in_the_authority() {
    let app = TestApp::start().await;
    let call = |authority, host: Option<&str>| {
        let call = app.as_admin().get("/v1/credentials").without("host");
        let call = call.http2(authority);
        match host {
            Some(host) => call.header("host", host),
            None => call,
        }
    };
    for (authority, host) in [
        (Some("localhost"), None),
        (Some("LOCALHOST:8710"), None),
        (Some("localhost:8710"), Some("localhost:8710")),
        (Some("localhost"), Some("LocalHost")),
        // one in between may have left it so
        (None, Some("localhost")),
    ] {
        call(authority, host).await.expect(200);
    }
    for (authority, host) in [
        (None, None),
        (Some("evil.example"), None),
        (Some("evil.example"), Some("localhost")),
        (Some("localhost"), Some("evil.example")),
        (Some("localhost:1"), Some("localhost:2")),
        (Some("me@localhost"), None),
        (None, Some("evil.example")),
    ] {
        let answer = call(authority, host).await.expect(421);
        answer.problem("host_not_allowed");
    }
    let two = call(Some("localhost"), Some("localhost")).header("host", "localhost");
    two.await.expect(421).problem("host_not_allowed");
}

#[tokio::test]
async fn http1_needs_the_header_even_where_the_target_names_the_host() {
    let app = TestApp::start().await;
    let whole = || app.as_admin().get("http://localhost/v1/credentials");
    whole().without("host").await.expect(421);
    whole().await.expect(421);
    whole()
        .without("host")
        .header("host", "localhost")
        .await
        .expect(200);
}

#[tokio::test]
async fn a_probe_comes_by_address() {
    let app = TestApp::start().await;
    for host in ["10.0.0.7:8710", "evil.example"] {
        let call = app
            .anonymous()
            .get("/healthz")
            .without("host")
            .header("host", host);
        assert_eq!(call.await.expect(200).text(), "ok\n");
    }
    let answer = app
        .anonymous()
        .get("/healthz")
        .without("host")
        .await
        .expect(200);
    assert_eq!(answer.text(), "ok\n");
}
