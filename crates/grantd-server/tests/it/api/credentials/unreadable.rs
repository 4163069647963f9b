//! Bodies that can not be read: told by their place, never repeated.

use axum::body::Body;
use serde_json::{Value, json};

use crate::support::{TestApp, drafts};

/// Every member with a value of another type, and the place that is named.
fn wrong_types() -> Vec<(Value, &'static str)> {
    vec![
        (json!({"name": 1}), "/name"),
        (json!({"slug": []}), "/slug"),
        (json!({"description": {}}), "/description"),
        (json!({"owner": true}), "/owner"),
        (json!({"labels": ["a"]}), "/labels"),
        (json!({"labels": {"team/x": 1}}), "/labels/team~1x"),
        (json!({"provider": 1}), "/provider"),
        (json!({"client_id": 17}), "/client_id"),
        (json!({"secret_source": 1}), "/secret_source"),
        (json!({"client_secret": 918_273_645}), "/client_secret"),
        (json!({"client_secret": -9182.73645}), "/client_secret"),
        (json!({"client_secret": ["a"]}), "/client_secret"),
        (
            json!({"client_secret_reference": "a"}),
            "/client_secret_reference",
        ),
        (
            json!({"client_secret_reference": {"source": 1}}),
            "/client_secret_reference/source",
        ),
        (
            json!({"client_secret_reference": {"path": []}}),
            "/client_secret_reference/path",
        ),
        (
            json!({"client_secret_reference": {"key": 1}}),
            "/client_secret_reference/key",
        ),
        (
            json!({"client_secret_reference": {"version": 1}}),
            "/client_secret_reference/version",
        ),
        (json!({"token_endpoint": {}}), "/token_endpoint"),
        (json!({"scope": ["a", "b"]}), "/scope"),
        (json!({"no_scope": "true"}), "/no_scope"),
        (
            json!({"token_endpoint_auth_method": 1}),
            "/token_endpoint_auth_method",
        ),
        (json!({"basic_encoding": 1}), "/basic_encoding"),
        (
            json!({"secret_expires_at": 1_800_000_000}),
            "/secret_expires_at",
        ),
        (json!({"audience": []}), "/audience"),
        (json!({"resources": "urn:a"}), "/resources"),
        (json!({"resources": ["urn:a", 1]}), "/resources/1"),
        (json!({"parameters": {}}), "/parameters"),
        (json!({"parameters": [{"name": 1}]}), "/parameters/0/name"),
        (
            json!({"parameters": [{"value": 918_273_645}]}),
            "/parameters/0/value",
        ),
        (
            json!({"parameters": [{}, {"secret": "yes"}]}),
            "/parameters/1/secret",
        ),
        (json!({"headers": [1]}), "/headers/0"),
        (
            json!({"headers": [{"value": 918_273_645}]}),
            "/headers/0/value",
        ),
        (json!({"connect_timeout_s": "10"}), "/connect_timeout_s"),
        (json!({"request_timeout_s": true}), "/request_timeout_s"),
        (json!({"ca_bundle": []}), "/ca_bundle"),
        (json!({"egress_proxy": 1}), "/egress_proxy"),
        (json!({"bound_hosts": "a"}), "/bound_hosts"),
        (json!({"allowed_mailboxes": [1]}), "/allowed_mailboxes/0"),
    ]
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_named_and_not_repeated() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Patched")).await;
    for (body, place) in wrong_types() {
        let draft = drafts::with("Wrong", body.clone());
        let post = app.as_admin().post("/v1/credentials").json(&draft).await;
        let patch = app
            .as_admin()
            .patch("/v1/credentials/patched", "*")
            .json(&body)
            .await;
        for answer in [post, patch] {
            let problem = answer.expect(400).problem("unreadable_request");
            let detail = problem["detail"].as_str().unwrap();
            assert!(
                detail.contains(&format!(" at {place}: ")),
                "{body}: {detail}"
            );
            assert!(!problem.to_string().contains("9182"), "{body}: {detail}");
            assert_eq!(problem["errors"][0]["pointer"], place, "{problem}");
            assert_eq!(problem["errors"][0]["code"], "unreadable", "{problem}");
            let wrong = problem["errors"][0]["detail"].as_str().unwrap();
            assert!(!wrong.contains(" column "), "{problem}");
        }
    }
}

#[tokio::test]
async fn an_unknown_member_is_named_with_what_is_known() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Patched")).await;
    for (body, place, known) in [
        (json!({"clientid": "a"}), "clientid", "`client_id`"),
        (
            json!({"parameters": [{"nam": "a"}]}),
            "nam",
            "`name`, `value`, `secret`",
        ),
        (
            json!({"client_secret_reference": {"file": "a"}}),
            "file",
            "`source`, `path`, `key`, `version`",
        ),
    ] {
        let draft = drafts::with("Unknown", body.clone());
        let post = app.as_admin().post("/v1/credentials").json(&draft).await;
        let patch = app
            .as_admin()
            .patch("/v1/credentials/patched", "*")
            .json(&body)
            .await;
        for answer in [post, patch] {
            let detail = answer.expect(400).detail("unreadable_request");
            assert!(
                detail.contains(&format!("unknown field `{place}`")),
                "{detail}"
            );
            assert!(detail.contains(known), "{detail}");
        }
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Patched")).await;
    let whole = drafts::minimal("Whole").to_string();
    let deep = format!("{{\"labels\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
    for body in [
        "",
        "   ",
        "{",
        "null",
        "[]",
        "\"text\"",
        "17",
        "name=x",
        "{\"name\": \"a\"",
        "{\"name\": \"a\",}",
        "{'name': 'a'}",
        "{\"name\": \"\u{1}\"}",
        "{\"name\": \"\\ud800\"}",
        "{\"name\": NaN}",
        &deep,
        &format!("{whole} x"),
        &format!("{whole}{whole}"),
    ] {
        let post = app.as_admin().post("/v1/credentials").text(body).await;
        let patch = app
            .as_admin()
            .patch("/v1/credentials/patched", "*")
            .text(body)
            .await;
        for answer in [post, patch] {
            let detail = answer.expect(400).detail("unreadable_request");
            assert!(detail.starts_with("the body can not be read"), "{detail}");
        }
    }
    let latin = app
        .as_admin()
        .post("/v1/credentials")
        .header("content-type", "application/json");
    let answer = latin
        .body(Body::from(&b"{\"name\": \"caf\xe9\"}"[..]))
        .await;
    answer.expect(400).problem("unreadable_request");
}

#[tokio::test]
async fn a_member_that_stands_twice_is_refused() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Patched")).await;
    for (body, place) in [
        (r#"{"name": "a", "name": "b"}"#, "`name`"),
        (
            r#"{"labels": {"team": "a", "team": "b"}}"#,
            "/labels: duplicate member `team`",
        ),
        (
            r#"{"parameters": [{"name": "a", "name": "a"}]}"#,
            "/parameters/0: duplicate",
        ),
        (r#"{"name": "a", "n\u0061me": "b"}"#, "`name`"),
    ] {
        let post = app.as_admin().post("/v1/credentials").text(body).await;
        let patch = app
            .as_admin()
            .patch("/v1/credentials/patched", "*")
            .text(body)
            .await;
        for answer in [post, patch] {
            let detail = answer.expect(400).detail("unreadable_request");
            assert!(detail.contains("duplicate member"), "{detail}");
            assert!(detail.contains(place), "{detail}");
        }
    }
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Patched")).await;
    let draft = drafts::minimal("Typed").to_string();
    for name in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "json",
        "",
    ] {
        let call = app
            .as_admin()
            .post("/v1/credentials")
            .header("content-type", name);
        let answer = call.body(Body::from(draft.clone())).await;
        let detail = answer.expect(415).detail("unsupported_media_type");
        assert!(detail.contains("application/json"), "{detail}");
        let call = app
            .as_admin()
            .patch("/v1/credentials/patched", "*")
            .without("content-type");
        let answer = call
            .header("content-type", name)
            .body(Body::from("{}"))
            .await;
        answer.expect(415).problem("unsupported_media_type");
    }
    let answer = app
        .as_admin()
        .post("/v1/credentials")
        .body(Body::from(draft.clone()))
        .await;
    answer.expect(415);
    for charset in ["iso-8859-1", "\"utf-16\"", ""] {
        let call = app.as_admin().post("/v1/credentials");
        let call = call.header(
            "content-type",
            &format!("application/json; CharSet={charset}"),
        );
        let answer = call.body(Body::from(draft.clone())).await;
        let detail = answer.expect(415).detail("unsupported_media_type");
        assert!(detail.contains("`charset`"), "{detail}");
    }
    for coding in ["gzip", "br, identity"] {
        let call = app.as_admin().post("/v1/credentials");
        let answer = call.header("content-encoding", coding).text(&draft).await;
        let detail = answer.expect(415).detail("unsupported_media_type");
        assert!(detail.contains("`Content-Encoding`"), "{detail}");
    }
    for (name, credential) in [
        ("application/json", "One"),
        ("Application/JSON; charset=utf-8", "Two"),
        ("application/vnd.example+json", "Three"),
        ("application/json;profile=a;charset=\"UTF-8\"", "Four"),
    ] {
        let call = app
            .as_admin()
            .post("/v1/credentials")
            .header("content-type", name);
        let draft = drafts::minimal(credential).to_string();
        call.body(Body::from(draft)).await.expect(201);
    }
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_read_and_a_larger_one_is_not() {
    const MEBIBYTE: usize = 1024 * 1024;
    let app = TestApp::start().await;
    let draft = drafts::minimal("Large").to_string();
    let padded = |length: usize| format!("{draft}{}", " ".repeat(length - draft.len()));
    let answer = app
        .as_admin()
        .post("/v1/credentials")
        .text(&padded(MEBIBYTE + 1))
        .await;
    let detail = answer.expect(413).detail("body_too_large");
    assert!(detail.contains("1048576"), "{detail}");
    let answer = app
        .as_admin()
        .post("/v1/credentials")
        .text(&padded(MEBIBYTE))
        .await;
    answer.expect(201);
    let call = app.as_admin().patch("/v1/credentials/large", "*");
    call.text(&padded(MEBIBYTE + 1))
        .await
        .expect(413)
        .problem("body_too_large");
}
