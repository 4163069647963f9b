//! What holds for every route: headers, no code in a page, no change by other sites or foreign names,
//! no secret anywhere.

use std::time::Duration;

use axum::http::Method;
use grantd_engine::KeyDraft;
use grantd_model::{Action, Actor, Grant, Role};
use grantd_testkit::Answer as Given;
use serde_json::json;

use super::routes::{ALL, Route};
use super::{Browser, entries, signed_in, user};
use crate::support::consumers::with_consumer;
use crate::support::mail::{has_worked, with_listener};
use crate::support::{Answer, SECOND, TOKEN, TestApp, drafts};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A console with something on every page, an admin's browser, and the names in the table's paths.
struct Furnished {
    app: TestApp,
    cookie: String,
    names: [(&'static str, String); 4],
}

impl Furnished {
    fn path(&self, route: &Route) -> String {
        let mut path = route.path.to_owned();
        for (name, value) in &self.names {
            path = path.replace(name, value);
        }
        path
    }
}

async fn furnished() -> Furnished {
    let app = TestApp::start().await;
    let draft = json!({
        "scope": "a b", "labels": {"team": "sales"}, "secret_expires_at": "2027-01-20T00:00:00Z",
        "headers": [{"name": "X-Key", "value": "canary-header", "secret": true}],
    });
    app.watch("a header", "canary-header");
    app.add(&drafts::with("Mail", draft)).await;
    let call = app.as_editor().post("/v1/credentials/mail/secrets");
    let call = call.header("if-match", "\"r1\"");
    call.json(&json!({"client_secret": SECOND}))
        .await
        .expect(200);
    app.answers(Given::token(TOKEN));
    app.as_workload()
        .get("/v1/credentials/mail/token")
        .await
        .expect(200);
    app.engine.clock.advance(Duration::from_mins(1));
    app.watch("a source's secret", "canary-source-token");
    let source = json!({
        "name": "vault", "vault": {"address": "https://vault.example.com:8200"},
        "secret": "canary-source-token", "paths": ["apps/*"], "origins": ["*"],
    });
    let call = app.as_admin().post("/v1/sources");
    call.json(&source).await.expect(201);
    let channel = json!({
        "name": "on-call", "webhook": {"url": "https://alerts.example.com/in"},
        "secret": "whsec_Y2FuYXJ5LXNpZ25pbmctc2VjcmV0LW9mLWFsZXJ0cw==",
    });
    app.watch(
        "a signing secret",
        "Y2FuYXJ5LXNpZ25pbmctc2VjcmV0LW9mLWFsZXJ0cw",
    );
    app.outbound()
        .answer_always("alerts.example.com", Given::json(204, ""));
    let call = app.as_admin().post("/v1/alert_channels");
    call.json(&channel).await.expect(201);
    let listener = with_listener(&app, "Orders").await;
    has_worked(&app, &listener).await;
    with_consumer(&app, "CRM").await;
    let other = user(&app, "jane", Role::Viewer).await;
    let key = KeyDraft {
        name: "nightly job".try_into().unwrap(),
        grants: vec![Grant::everywhere(Action::Token)],
        expires_at: None,
    };
    let key = app.engine.create_key(&Actor::System, key).await.unwrap();
    app.watch("a key", key.text.expose());
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let text = cookie.split_once('=').unwrap().1;
    let me = app.engine.look_up_session(text).await.unwrap();
    Furnished {
        names: [
            ("USER", other.id.to_string()),
            ("KEY", key.key.id.to_string()),
            ("SESSION", me.session.id.to_string()),
            ("SEALING", app.engine.sealer.keys().id),
        ],
        app,
        cookie,
    }
}

fn assert_headers(answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{} {name}", answer.call);
    }
    for name in ["server", "access-control-allow-origin"] {
        assert_eq!(answer.header(name), None, "{} {name}", answer.call);
    }
}

/// Nothing in the page is code, and nothing is loaded from elsewhere.
fn assert_no_code(answer: &Answer) {
    let text = answer.text();
    for (position, _) in text.match_indices('<') {
        let tag = text[position..].split('>').next().unwrap();
        let place = format!("{}: {tag}", answer.call);
        assert!(!tag.starts_with("<style"), "{place}");
        assert!(
            !tag.starts_with("<script") || tag.contains(" src=\"/console/"),
            "{place}"
        );
        let attributes = tag.split_whitespace().skip(1);
        for attribute in attributes {
            let Some((name, value)) = attribute.split_once('=') else {
                continue;
            };
            if tag.starts_with("<!") || !name.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                continue;
            }
            assert!(name != "style" && !name.starts_with("on"), "{place}");
            let is_address = ["href", "src", "action", "formaction"].contains(&name);
            let value = value.trim_matches('"');
            assert!(
                !is_address || value.starts_with(['/', '#']) && !value.starts_with("//"),
                "{place}"
            );
        }
    }
}

#[tokio::test]
async fn every_page_has_its_headers_and_no_code_in_it() {
    let furnished = furnished().await;
    let browser = Browser::new(&furnished.app, &furnished.cookie);
    for route in ALL.iter().filter(|route| route.is_page) {
        let path = furnished.path(route);
        let answer = browser.get(&path).await;
        assert!(
            [200, 303].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
        // the two redirects to the console are no pages of it
        if path.starts_with("/console/") {
            assert_headers(&answer);
        }
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        if answer
            .header("content-type")
            .is_some_and(|it| it.starts_with("text/html"))
        {
            assert_no_code(&answer);
        }
    }
    for path in [
        "/console/none",
        "/console/credentials/none",
        "/console/credentials/%ff",
        "/console/access/users/x/delete",
        "/console/credentials?cursor=x",
        "/console/activity?actor=x",
        "/console/?all",
    ] {
        let answer = browser.get(path).await;
        assert_headers(&answer);
        assert_no_code(&answer);
        assert!(answer.text().contains("<!doctype html>"), "{path}");
    }
}

#[tokio::test]
async fn every_change_answers_with_a_page_that_holds_no_secret() {
    let furnished = furnished().await;
    let browser = Browser::new(&furnished.app, &furnished.cookie);
    // the search for secrets is in every answer of the test
    let changes = ALL.iter().filter(|route| route.changes && !route.is_door);
    for route in changes {
        let path = furnished.path(route);
        if route.template.ends_with("/renew") || route.template.ends_with("/validate") {
            furnished.app.answers(Given::refusal(401, "invalid_client"));
        }
        let answer = browser
            .post(
                &path,
                &[
                    ("client_secret", "canary-typed"),
                    ("secret", "canary-typed"),
                    ("name", "<b>"),
                ],
            )
            .await;
        assert!(!answer.text().contains("canary-typed"), "{path}");
        assert!(answer.status < 500, "{path}: {}", answer.status);
        assert_headers(&answer);
        assert_no_code(&answer);
    }
}

#[tokio::test]
async fn another_site_changes_nothing() {
    let furnished = furnished().await;
    let before = entries(&furnished.app).await;
    for route in ALL.iter().filter(|route| route.changes) {
        let path = furnished.path(route);
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "something"),
            ("origin", "https://evil.example"),
            ("origin", "http://localhost:8711"),
            ("origin", "null"),
        ] {
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                let call = furnished.app.anonymous().call(method.clone(), &path);
                let call = call.header("cookie", &furnished.cookie).header(name, value);
                let answer = call.form(&[("revision", "2")]).await;
                assert_eq!(answer.status, 403, "{method} {path} {name}: {value}");
                assert!(answer.text().contains("Another site asked"), "{path}");
                assert_headers(&answer);
            }
        }
    }
    assert_eq!(entries(&furnished.app).await, before);
}

#[tokio::test]
async fn a_name_that_is_not_ours_changes_and_shows_nothing() {
    let furnished = furnished().await;
    let before = entries(&furnished.app).await;
    for route in ALL {
        let path = furnished.path(route);
        for method in [Method::GET, Method::POST] {
            let call = furnished.app.anonymous().call(method.clone(), &path);
            let call = call.without("host").header("host", "evil.example");
            let call = call.header("cookie", &furnished.cookie);
            let answer = call.form(&[("revision", "2")]).await;
            assert_eq!(answer.status, 421, "{method} {path}");
            assert!(!answer.text().contains("Mail"), "{path}");
        }
    }
    assert_eq!(entries(&furnished.app).await, before);
}

#[tokio::test]
async fn who_is_not_signed_in_sees_and_changes_nothing() {
    let furnished = furnished().await;
    let before = entries(&furnished.app).await;
    for cookie in ["", "grantd=", "grantd=x", "__Host-grantd=x"] {
        let browser = Browser::new(&furnished.app, cookie);
        let inside = ALL
            .iter()
            .filter(|route| !route.is_door && route.path.starts_with("/console/"));
        for route in inside {
            let path = furnished.path(route);
            if route.is_page {
                let answer = browser.get(&path).await.expect(303);
                let to = answer.header("location").unwrap().to_owned();
                let is_door = to.starts_with("/console/sign-in?next=") || to == "/console/access";
                assert!(is_door, "{path}: {to}");
            }
            if route.changes {
                let answer = browser.post(&path, &[("revision", "2")]).await;
                assert!(
                    [303, 401].contains(&answer.status),
                    "{path}: {}",
                    answer.status
                );
                assert!(!answer.text().contains("Mail"), "{path}");
            }
        }
    }
    assert_eq!(entries(&furnished.app).await, before);
}
