//! `POST /v1/credentials`: every value that is wrong, by its place.

use serde_json::{Value, json};

use crate::support::{TestApp, drafts};

#[expect(
    clippy::too_many_lines,
    reason = "one table, a row for each wrong value"
)]
/// Member, wrong value, pointer below the member, code. A null takes the member out.
fn wrong_values() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let long = |most: usize| Value::from("x".repeat(most + 1));
    let long_path = format!("https://login.example.com/{}", "x".repeat(2048));
    let entries = |value: Value, count: usize| Value::Array(vec![value; count]);
    let labels: serde_json::Map<_, _> = (0..33).map(|n| (format!("k{n}"), json!("v"))).collect();
    let named = |name: &str| json!([{"name": name, "value": "v"}]);
    let valued = |value: &str| json!([{"name": "x-a", "value": value}]);
    let expected = "X-A and x-a are the same header";
    let twice = json!([{"name": "X-A", "value": "1"}, {"name": "x-a", "value": expected}]);
    vec![
        ("name", json!(null), "", "required"),
        ("name", json!(""), "", "required"),
        ("name", json!(" \t"), "", "required"),
        ("name", long(120), "", "too_long"),
        ("name", json!("a\nb"), "", "control_character"),
        ("slug", json!("Sales"), "", "invalid_slug"),
        ("slug", json!("a--b"), "", "invalid_slug"),
        ("slug", json!("-a"), "", "invalid_slug"),
        ("slug", json!("cred_1"), "", "invalid_slug"),
        ("slug", long(63), "", "invalid_slug"),
        ("description", long(2000), "", "too_long"),
        ("description", json!("a\u{0}b"), "", "control_character"),
        ("owner", long(200), "", "too_long"),
        ("owner", json!("a\u{7}b"), "", "control_character"),
        ("labels", json!({"Team": "a"}), "/Team", "invalid_label"),
        ("labels", json!({"a~/": "a"}), "/a~0~1", "invalid_label"),
        ("labels", json!({"team": ""}), "/team", "required"),
        (
            "labels",
            json!({"team": "x".repeat(64)}),
            "/team",
            "too_long",
        ),
        (
            "labels",
            json!({"team": "a\nb"}),
            "/team",
            "control_character",
        ),
        ("labels", Value::Object(labels), "", "too_many"),
        ("provider", json!("keycloak"), "", "unknown_word"),
        ("provider", json!("Okta"), "", "unknown_word"),
        ("client_id", json!(null), "", "required"),
        ("client_id", json!(""), "", "required"),
        ("client_id", long(512), "", "too_long"),
        ("client_id", json!("caf\u{e9}"), "", "not_ascii"),
        ("client_id", json!("a\tb"), "", "control_character"),
        ("secret_source", json!("vault"), "", "unknown_word"),
        ("client_secret", json!(null), "", "required"),
        ("client_secret", json!(""), "", "required"),
        ("client_secret", long(8192), "", "too_long"),
        ("client_secret", json!("a\u{0}b"), "", "control_character"),
        ("token_endpoint", json!(null), "", "required"),
        ("token_endpoint", json!(""), "", "required"),
        (
            "token_endpoint",
            json!("login.example.com/token"),
            "",
            "invalid_url",
        ),
        ("token_endpoint", json!("https://"), "", "invalid_url"),
        (
            "token_endpoint",
            json!("https://example.com:0/"),
            "",
            "invalid_url",
        ),
        (
            "token_endpoint",
            json!("ftp://example.com/"),
            "",
            "invalid_scheme",
        ),
        (
            "token_endpoint",
            json!("http://example.com/token"),
            "",
            "https_required",
        ),
        (
            "token_endpoint",
            json!("https://example.com/#x"),
            "",
            "fragment",
        ),
        (
            "token_endpoint",
            json!("https://me@example.com/"),
            "",
            "user_information",
        ),
        ("token_endpoint", json!(long_path), "", "too_long"),
        ("scope", json!(null), "", "required"),
        ("scope", json!("  "), "", "required"),
        ("scope", json!("a\"b"), "", "invalid_scope_character"),
        ("scope", json!("caf\u{e9}"), "", "invalid_scope_character"),
        ("scope", long(8192), "", "too_long"),
        (
            "token_endpoint_auth_method",
            json!("none"),
            "",
            "unknown_word",
        ),
        ("token_endpoint_auth_method", json!(""), "", "unknown_word"),
        ("basic_encoding", json!("base64"), "", "unknown_word"),
        ("secret_expires_at", json!("tomorrow"), "", "invalid_time"),
        (
            "secret_expires_at",
            json!("2027-02-30T00:00:00Z"),
            "",
            "invalid_time",
        ),
        ("secret_expires_at", json!("2027-01-31"), "", "invalid_time"),
        ("audience", long(2048), "", "too_long"),
        ("audience", json!("a\nb"), "", "control_character"),
        ("resources", json!(["/relative"]), "/0", "invalid_uri"),
        (
            "resources",
            json!(["urn:a", "https://a.example/#f"]),
            "/1",
            "invalid_uri",
        ),
        ("resources", json!([""]), "/0", "required"),
        ("resources", entries(json!("urn:a"), 17), "", "too_many"),
        ("parameters", json!([{"value": "v"}]), "/0/name", "required"),
        ("parameters", json!([{"name": "a"}]), "/0/value", "required"),
        (
            "parameters",
            json!([{"name": "a", "secret": true}]),
            "/0/value",
            "required",
        ),
        ("parameters", named(""), "/0/name", "required"),
        ("parameters", named("scope"), "/0/name", "reserved_name"),
        (
            "parameters",
            named("client_secret"),
            "/0/name",
            "reserved_name",
        ),
        ("parameters", named(&"x".repeat(129)), "/0/name", "too_long"),
        (
            "parameters",
            valued(&"x".repeat(4097)),
            "/0/value",
            "too_long",
        ),
        (
            "parameters",
            valued("a\u{0}"),
            "/0/value",
            "control_character",
        ),
        (
            "parameters",
            json!([{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]),
            "/1/name",
            "repeated",
        ),
        ("headers", json!([{"value": "v"}]), "/0/name", "required"),
        ("headers", json!([{"name": "x-a"}]), "/0/value", "required"),
        (
            "headers",
            json!([{"name": "x-a", "secret": false}]),
            "/0/value",
            "required",
        ),
        ("headers", named("a b"), "/0/name", "invalid_header_name"),
        (
            "headers",
            named("Authorization"),
            "/0/name",
            "reserved_name",
        ),
        ("headers", named("host"), "/0/name", "reserved_name"),
        (
            "headers",
            valued("a\r\nb: c"),
            "/0/value",
            "invalid_header_value",
        ),
        ("headers", valued(" a"), "/0/value", "invalid_header_value"),
        ("headers", valued(&"x".repeat(4097)), "/0/value", "too_long"),
        ("headers", twice, "/1/name", "repeated"),
        ("connect_timeout_s", json!(0), "", "out_of_range"),
        ("connect_timeout_s", json!(61), "", "out_of_range"),
        ("connect_timeout_s", json!(-1), "", "out_of_range"),
        ("connect_timeout_s", json!(1.5), "", "out_of_range"),
        ("request_timeout_s", json!(0), "", "out_of_range"),
        ("request_timeout_s", json!(301), "", "out_of_range"),
        (
            "ca_bundle",
            json!("no certificate"),
            "",
            "invalid_ca_bundle",
        ),
        (
            "ca_bundle",
            json!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "",
            "invalid_ca_bundle",
        ),
        (
            "egress_proxy",
            json!("socks5://proxy.example.com"),
            "",
            "invalid_scheme",
        ),
        (
            "egress_proxy",
            json!("http://proxy.example.com/x"),
            "",
            "invalid_proxy",
        ),
        (
            "egress_proxy",
            json!("http://a:b@proxy.example.com"),
            "",
            "user_information",
        ),
        (
            "bound_hosts",
            json!(["https://a.example"]),
            "/0",
            "invalid_host",
        ),
        (
            "bound_hosts",
            json!(["a.example", "*"]),
            "/1",
            "invalid_host",
        ),
        ("bound_hosts", json!(["-a.example"]), "/0", "invalid_host"),
        (
            "bound_hosts",
            entries(json!("a.example"), 201),
            "",
            "too_many",
        ),
        (
            "allowed_mailboxes",
            json!(["sales"]),
            "/0",
            "invalid_mailbox",
        ),
        (
            "allowed_mailboxes",
            json!(["a@b@c"]),
            "/0",
            "invalid_mailbox",
        ),
        (
            "allowed_mailboxes",
            json!(["a b@c"]),
            "/0",
            "invalid_mailbox",
        ),
        (
            "allowed_mailboxes",
            entries(json!("a@b.example"), 201),
            "",
            "too_many",
        ),
    ]
}

#[tokio::test]
async fn each_is_named_by_its_place() {
    let app = TestApp::start().await;
    for (member, value, below, code) in wrong_values() {
        let shown = value.to_string().chars().take(60).collect::<String>();
        let draft = drafts::with("Wrong", json!({ member: value }));
        let answer = app.as_admin().post("/v1/credentials").json(&draft).await;
        assert_eq!(answer.status, 422, "{member} {shown}: {}", answer.text());
        assert_eq!(
            answer.errors(),
            [(format!("/{member}{below}"), code.to_owned())],
            "{member} {shown}"
        );
    }
    // nothing of it was added
    let list = app.as_admin().get("/v1/credentials").await.json();
    assert_eq!(list, json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn too_many_parameters_and_headers() {
    let app = TestApp::start().await;
    for member in ["parameters", "headers"] {
        let many: Vec<_> = (0..33)
            .map(|n| json!({"name": format!("x-{n}"), "value": "v"}))
            .collect();
        let draft = drafts::with("Many", json!({ member: many }));
        let answer = app.as_admin().post("/v1/credentials").json(&draft).await;
        answer.expect_error(&format!("/{member}"), "too_many");
    }
}

#[tokio::test]
async fn members_that_exclude_each_other() {
    let app = TestApp::start().await;
    let reference = json!({"source": "files", "path": "a"});
    for (changes, pointer, code) in [
        (json!({"no_scope": true}), "/no_scope", "not_both"),
        (
            json!({"token_endpoint_auth_method": "client_secret_post", "basic_encoding": "raw"}),
            "/basic_encoding",
            "not_with_this_method",
        ),
        (
            json!({"client_secret_reference": reference}),
            "/client_secret_reference",
            "not_both",
        ),
        (
            json!({"secret_source": "external"}),
            "/client_secret",
            "not_with_this_source",
        ),
        (
            json!({"client_secret": null, "secret_source": "internal",
                "client_secret_reference": reference}),
            "/client_secret_reference",
            "not_with_this_source",
        ),
        (
            json!({"client_secret": null, "secret_source": "external"}),
            "/client_secret_reference",
            "required",
        ),
        (
            json!({"client_id": "a:b", "basic_encoding": "raw"}),
            "/basic_encoding",
            "colon_in_client_id",
        ),
    ] {
        let draft = drafts::with("Both", changes);
        let answer = app.as_admin().post("/v1/credentials").json(&draft).await;
        answer.expect_error(pointer, code);
    }
}

#[tokio::test]
async fn all_faults_are_named_at_once() {
    let app = TestApp::start().await;
    let draft = json!({
        "slug": "NO", "labels": {"A": "b"}, "provider": "x", "client_id": "\u{e9}",
        "token_endpoint": "http://example.com", "basic_encoding": "x",
        "parameters": [{}, {"name": "scope", "value": "\u{0}"}], "connect_timeout_s": 0,
        "bound_hosts": ["*"],
    });
    let answer = app.as_admin().post("/v1/credentials").json(&draft).await;
    answer.expect_errors(&[
        ("/slug", "invalid_slug"),
        ("/labels/A", "invalid_label"),
        ("/provider", "unknown_word"),
        ("/name", "required"),
        ("/client_id", "not_ascii"),
        ("/client_secret", "required"),
        ("/token_endpoint", "https_required"),
        ("/scope", "required"),
        ("/basic_encoding", "unknown_word"),
        ("/parameters/0/name", "required"),
        ("/parameters/0/value", "required"),
        ("/parameters/1/name", "reserved_name"),
        ("/parameters/1/value", "control_character"),
        ("/connect_timeout_s", "out_of_range"),
        ("/bound_hosts/0", "invalid_host"),
    ]);
    assert_eq!(answer.detail("validation_failed"), "15 values are wrong");
}

#[tokio::test]
async fn names_and_slugs_are_unique() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Sales Mail")).await;
    let post = |draft: Value| app.as_admin().post("/v1/credentials").json(&draft);
    let answer = post(drafts::minimal("SALES mail")).await;
    answer.expect_error("/name", "taken");
    let answer = post(drafts::with("Another", json!({"slug": "sales-mail"}))).await;
    answer.expect_error("/slug", "taken");
}
