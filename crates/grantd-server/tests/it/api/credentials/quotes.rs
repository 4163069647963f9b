//! Where words of an authorization server come out: in the answer to who asked, and nowhere else;
//! cleaned, whatever they were.

use grantd_testkit::Answer as Given;
use grantd_testkit::fixtures::CLIENT_SECRET;
use serde_json::json;

use crate::support::{Answer, TestApp, drafts};

/// A word that only the authorization server says.
const WORD: &str = "quotable-word";

/// Bodies with the word, the secret, control characters and what turns text round.
fn bodies() -> Vec<(&'static str, Given)> {
    let dirty = format!("{WORD} {CLIENT_SECRET} \u{1b}[31m\r\nX-Evil: 1 \u{202e}\u{0} end");
    let error = json!({"error": "invalid_client", "error_description": dirty});
    let code = json!({"error": dirty});
    let page = format!("<!DOCTYPE html><html><body>{dirty}</body></html>");
    let location = format!("https://a.example/{WORD}/{CLIENT_SECRET}?t={CLIENT_SECRET}");
    let challenge = format!("Bearer error=\"{WORD}\", error_description=\"{CLIENT_SECRET}\"");
    vec![
        ("description", Given::json(401, &error.to_string())),
        ("code", Given::json(400, &code.to_string())),
        ("text", Given::json(400, &dirty)),
        ("page", Given::json(403, &page)),
        ("page in a success", Given::json(200, &page)),
        (
            "redirect",
            Given::json(302, "").with_header("location", &location),
        ),
        (
            "challenge",
            Given::json(401, "").with_header("www-authenticate", &challenge),
        ),
        (
            "success",
            Given::json(200, &format!("{{\"{WORD}\": \"{CLIENT_SECRET}\"}}")),
        ),
    ]
}

/// No control character but those that JSON is laid out with, as written and as escaped.
fn assert_clean(what: &str, answer: &Answer) {
    let text = answer.text();
    let is_clean = |c: char| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c);
    assert!(
        text.chars().all(|c| is_clean(c) || c == '\n'),
        "{what}: {text:?}"
    );
    for escape in ["\\u00", "\\r", "\\n", "\\u202e"] {
        assert!(!text.contains(escape), "{what}: {text}");
    }
}

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    app
}

#[tokio::test]
async fn who_asks_is_told_in_clean_words() {
    for (what, body) in bodies() {
        let app = app().await;
        app.answers(body.clone());
        let problem = app.as_workload().get("/v1/credentials/mail/token").await;
        assert_clean(what, &problem);
        let told = problem.json()["authorization_server"].clone();
        assert!(told["class"].is_string(), "{what}: {told}");
        app.answers(body.clone());
        let validate = app.as_editor().post("/v1/validations");
        let validated = validate
            .json(&json!({"credential": "mail"}))
            .await
            .expect(200);
        assert_clean(what, &validated);
        let steps = validated.json()["steps"].clone();
        let last = steps.as_array().unwrap().last().unwrap();
        assert_eq!(last["authorization_server"], told, "{what}");
        app.answers(body);
        let stream = app.as_editor().post("/v1/validations");
        let stream = stream.header("accept", "text/event-stream");
        let streamed = stream
            .json(&json!({"credential": "mail"}))
            .await
            .expect(200);
        assert_clean(what, &streamed);
    }
}

#[tokio::test]
async fn what_is_kept_quotes_nobody() {
    for (what, body) in bodies() {
        if ["code", "challenge"].contains(&what) {
            continue;
        }
        let app = app().await;
        app.answers(body.clone());
        app.as_workload().get("/v1/credentials/mail/token").await;
        app.answers(body);
        let validate = app.as_editor().post("/v1/validations");
        validate
            .json(&json!({"credential": "mail"}))
            .await
            .expect(200);
        for path in [
            "/v1/credentials/mail",
            "/v1/credentials",
            "/v1/credentials/mail/events",
            "/v1/audit",
        ] {
            let kept = app.as_admin().get(path).await.expect(200);
            assert_clean(path, &kept);
            assert!(!kept.text().contains(WORD), "{what}: {}", kept.text());
        }
    }
}

#[tokio::test]
async fn an_error_code_is_kept_in_clean_words() {
    for (what, body) in bodies() {
        let app = app().await;
        app.answers(body);
        app.as_workload().get("/v1/credentials/mail/token").await;
        for path in [
            "/v1/credentials/mail",
            "/v1/credentials/mail/events",
            "/v1/audit",
        ] {
            assert_clean(what, &app.as_admin().get(path).await.expect(200));
        }
    }
}
