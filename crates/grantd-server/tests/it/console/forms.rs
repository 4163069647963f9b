//! What browsers send, good and bad.

use axum::body::Body;
use grantd_model::{Actor, ConsumerDraft, Role};
use serde_json::json;

use super::{Browser, entries, signed_in};
use crate::support::{TestApp, drafts};

const ADD: &str = "/console/new-credential";

fn record<'a>(name: &'a str, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("action", "add"),
        ("name", name),
        ("client_id", "client-1"),
        ("secret_source", "internal"),
        ("client_secret", secret),
        ("token_endpoint", "https://login.example.com/oauth2/token"),
        ("scope", "a b"),
        ("method", "client_secret_basic"),
        ("provider", "generic"),
        ("basic_encoding", "percent"),
    ]
}

#[tokio::test]
async fn odd_names_make_credentials_and_stay_text() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    for name in [
        "<script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "שלום עולם",
        "👩‍🚀 mission",
        "New",
        "Validate",
        "a & b",
    ] {
        let added = browser.post(ADD, &record(name, "s")).await.expect(303);
        let to = added.header("location").unwrap().to_owned();
        let page = browser.get(&to).await.expect(200).text();
        let escaped = name
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        let heading = page.split("<h1 dir=\"auto\">").nth(1).unwrap();
        let heading = heading.split("</h1>").next().unwrap();
        let even = heading.replace("&#34;", "&quot;").replace("&#38;", "&amp;");
        let even = even.replace("&#60;", "&lt;").replace("&#62;", "&gt;");
        assert_eq!(even, escaped);
    }
    let list = browser.get("/console/credentials").await.expect(200).text();
    assert!(!list.contains("<script>alert") && !list.contains("\" onmouseover=\""));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_the_secret_is_not_sent_back() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let long = "x".repeat(10_000);
    app.watch("a typed secret", "canary-typed-secret");
    let mut form = record(&long, "canary-typed-secret");
    form.push(("probe_url", "no address"));
    form.extend([
        ("header_name", "X-Key"),
        ("header_value", "canary-typed-secret"),
        ("header_kind", "secret"),
    ]);
    let before = entries(&app).await;
    let page = browser.post(ADD, &form).await.expect(422).text();
    assert!(page.contains("id=\"name-err\""), "{page}");
    assert!(page.contains(&long), "what was typed is kept");
    assert!(
        page.contains("type it again"),
        "the header's value is asked for"
    );
    assert_eq!(entries(&app).await, before, "nothing is half done");
    form[1].1 = "Named";
    form[0].1 = "validate";
    let page = browser.post(ADD, &form).await.expect(422).text();
    assert!(page.contains("id=\"probe_url-err\""), "{page}");
}

#[tokio::test]
async fn what_is_no_form_is_told() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let before = entries(&app).await;
    for (content_type, body, status) in [
        ("application/json", b"{}".to_vec(), 400),
        ("multipart/form-data; boundary=x", b"--x".to_vec(), 400),
        (
            "application/x-www-form-urlencoded",
            vec![b'a'; 600_000],
            413,
        ),
        (
            "application/x-www-form-urlencoded",
            b"%zz=%&&&==\0\xff".to_vec(),
            422,
        ),
        (
            "application/x-www-form-urlencoded",
            vec![b'&'; 500_000],
            422,
        ),
    ] {
        let call = app.anonymous().post(ADD).header("cookie", &cookie);
        let call = call.header("content-type", content_type);
        let answer = call.body(Body::from(body)).await.expect(status);
        assert!(answer.text().contains("<h1"), "{content_type}");
    }
    let many = "parameter_name=a&parameter_value=b&parameter_kind=plain&".repeat(9_000);
    let call = app.anonymous().post(ADD).header("cookie", &cookie);
    let answer = call.written_form(&many).await.expect(422);
    assert!(answer.body.len() < 200_000, "{}", answer.body.len());
    assert_eq!(entries(&app).await, before);
}

#[tokio::test]
async fn a_form_that_was_being_filled_survives_the_end_of_the_session() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let nobody = Browser::new(&app, "");
    app.watch("a typed secret", "canary-typed-secret");
    let asked = nobody
        .post(ADD, &record("Held", "canary-typed-secret"))
        .await
        .expect(401)
        .text();
    assert!(asked.contains("type=\"password\"") && asked.contains("name=\"held\""));
    let held = "name=Held&client_id=c&restored=on";
    let form = [
        ("user", "ops"),
        ("password", super::PASSWORD),
        ("next", ADD),
        ("held", held),
    ];
    let back = nobody.post("/console/sign-in", &form).await.expect(200);
    assert!(back.header("set-cookie").is_some());
    assert!(back.text().contains("value=\"Held\""));
    // of a credential that is gone by now
    let form = [
        ("user", "ops"),
        ("password", super::PASSWORD),
        ("next", "/console/credentials/gone/edit"),
        ("held", held),
    ];
    let back = nobody.post("/console/sign-in", &form).await.expect(200);
    assert!(back.header("set-cookie").is_some());
    assert!(
        back.text()
            .contains("was deleted while you were editing it")
    );
    // whose browser refuses cookies is told so, and does not go round for ever
    let mut form = record("Held", "");
    form.push(("restored", "on"));
    let told = nobody.post(ADD, &form).await.expect(401).text();
    assert!(told.contains("did not keep the cookie"), "{told}");
    let told = nobody
        .post("/console/sign-in/code", &[("code", "000000")])
        .await
        .expect(401)
        .text();
    assert!(told.contains("did not keep the cookie"), "{told}");
    drop(cookie);
}

#[tokio::test]
async fn the_same_form_with_something_else_in_it_is_another_one() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let mut places = Vec::new();
    for name in ["First", "Second", "Second"] {
        let mut form = record(name, "s");
        form.push(("form_id", "abcdefghijklmnopqrstuvwx"));
        let added = browser.post(ADD, &form).await.expect(303);
        places.push(added.header("location").unwrap().to_owned());
    }
    assert!(places[0].contains("/first?") && places[1].contains("/second?"));
    assert_eq!(places[1], places[2], "sent twice, it is added once");
}

#[tokio::test]
async fn a_request_that_is_taken_away_by_a_second_click_is_done_once() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    for number in 0..20_u64 {
        let name = format!("Clicked {number}");
        let mut form = record(&name, "s");
        form.push(("form_id", "abcdefghijklmnopqrstuvwx"));
        // the browser goes before the answer comes, at one moment or another
        let first = browser.post(ADD, &form);
        let left = std::time::Duration::from_micros(number * 40);
        let _ = tokio::time::timeout(left, first).await;
        let added = browser.post(ADD, &form).await.expect(303);
        let place = added.header("location").unwrap();
        assert!(place.ends_with("?done=added"), "{place}");
    }
}

/// Of the page of an edit form.
fn hidden(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    let value = field.unwrap().split('"').next().unwrap();
    value.replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn a_form_that_is_stale_by_now_overwrites_nothing_unseen() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Sign-off")).await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let edit = "/console/credentials/sign-off/edit";
    let page = browser.get(edit).await.expect(200).text();
    let (base, revision) = (hidden(&page, "base"), hidden(&page, "revision"));
    let call = app.as_editor().patch("/v1/credentials/sign-off", "\"r1\"");
    call.text(r#"{"description": "of somebody else"}"#)
        .await
        .expect(200);
    let mut form = record("Sign-off of mine", "");
    form.retain(|(name, _)| !["action", "client_secret"].contains(name));
    form.extend([
        ("description", ""),
        ("base", &*base),
        ("revision", &*revision),
    ]);
    let is_told = |text: &str| {
        text.contains("Somebody changed this while") && text.contains("of somebody else")
    };
    // sent, tried without scripts, and back from signing in again
    for action in ["update", "validate"] {
        form.push(("action", action));
        let answer = browser.post(edit, &form).await.expect(409);
        assert!(is_told(&answer.text()), "{action}");
        form.pop();
    }
    let mut held = url::form_urlencoded::Serializer::new(String::new());
    held.extend_pairs(&form);
    let held = held.finish();
    let sign_in = [
        ("user", "ops"),
        ("password", super::PASSWORD),
        ("next", edit),
        ("held", &held),
    ];
    let nobody = Browser::new(&app, "");
    let back = nobody.post("/console/sign-in", &sign_in).await;
    assert!(back.header("set-cookie").is_some());
    assert!(is_told(&back.text()), "{}", back.text());
    // who may not edit stays signed in all the same
    super::user(&app, "vera", Role::Viewer).await;
    let mut of_viewer = sign_in;
    of_viewer[0].1 = "vera";
    let back = nobody.post("/console/sign-in", &of_viewer).await;
    assert!(back.header("set-cookie").is_some(), "{}", back.status);
}

#[tokio::test]
async fn a_secret_header_that_was_typed_is_asked_for_again() {
    let app = TestApp::start().await;
    let more = serde_json::json!({
        "headers": [{"name": "x-key", "value": "canary-kept", "secret": true}],
    });
    app.watch("a header", "canary-kept");
    app.add(&drafts::with("Mail", more)).await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let edit = "/console/credentials/mail/edit";
    let page = browser.get(edit).await.expect(200).text();
    assert!(page.contains("kept as it is"));
    let revision = hidden(&page, "revision");
    let mut form = record("Mail", "");
    form.retain(|(name, _)| !["client_secret", "scope"].contains(name));
    form.extend([
        ("scope", ""),
        ("revision", &*revision),
        ("header_name", "x-key"),
        ("header_value", "canary-typed-header"),
        ("header_kind", "secret"),
    ]);
    app.watch("a typed header", "canary-typed-header");
    let page = browser.post(edit, &form).await.expect(422).text();
    assert!(page.contains("type it again") && !page.contains("kept as it is"));
}

#[tokio::test]
async fn a_key_says_what_it_is_for() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let before = entries(&app).await;
    let good = [
        ("name", "k"),
        ("may", "tokens"),
        ("on", "all"),
        ("ends", "30"),
    ];
    for (field, value) in [
        ("name", ""),
        ("may", "all"),
        ("may", ""),
        ("on", "some"),
        ("on", "these"),
        ("on", "label"),
        ("ends", ""),
        ("ends", "abc"),
        ("ends", "-1"),
        ("ends", "99999999999999999999"),
    ] {
        let form = good.map(|(name, kept)| (name, if name == field { value } else { kept }));
        let page = browser.post("/console/access/keys/new", &form).await;
        assert!(
            page.expect(422).text().contains("class=\"err\""),
            "{field}={value}"
        );
    }
    let narrowed = [
        ("name", "k"),
        ("may", "everything"),
        ("on", "these"),
        ("credential", "cred_00000000000000000000000000"),
        ("ends", "30"),
    ];
    let page = browser.post("/console/access/keys/new", &narrowed).await;
    assert!(page.expect(422).text().contains("Everything is on all."));
    assert_eq!(entries(&app).await, before);
}

#[tokio::test]
async fn a_key_for_consumers_is_about_consumers_alone() {
    let app = TestApp::start().await;
    let mut caller = drafts::minimal("Caller");
    caller["bound_hosts"] = json!(["api.example.com"]);
    let credential = app.add(&caller).await.member("id");
    let draft = ConsumerDraft {
        name: "Orders of all".to_owned(),
        credential: "caller".to_owned(),
        base_url: "https://api.example.com/".to_owned(),
        ..ConsumerDraft::default()
    };
    let made = app.engine.create_consumer(&Actor::System, None, &draft);
    let consumer = made.await.unwrap().id.to_string();
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let page = browser.get("/console/access/keys/new").await;
    let text = page.expect(200).text();
    assert!(text.contains(&consumer) && text.contains("Orders of all"));
    let form = |consumer| {
        let ticked = ("credential", credential.as_str());
        let mut form = vec![
            ("name", "k"),
            ("may", "use"),
            ("on", "these"),
            ("ends", "30"),
            ticked,
        ];
        form.extend(consumer);
        form
    };
    let page = browser.post("/console/access/keys/new", &form(None)).await;
    let page = page.expect(422);
    assert!(page.text().contains("Pick at least one HTTP consumer."));
    let ticked = form(Some(("consumer", consumer.as_str())));
    browser
        .post("/console/access/keys/new", &ticked)
        .await
        .expect(200);
    let keys = app.as_admin().get("/v1/keys").await.expect(200).json();
    let expected = json!([{"action": "use", "on": {"ids": [consumer]}}]);
    assert_eq!(keys["items"][0]["grants"], expected);
    let page = browser.get("/console/access").await.expect(200);
    assert!(
        page.text()
            .contains("send requests through 1 HTTP consumer")
    );
    // whoever stops the credential is told what stops
    for (verb, is_offered) in [("disable", true), ("delete", false)] {
        let page = browser
            .get(&format!("/console/credentials/caller/{verb}"))
            .await;
        let text = page.expect(200).text();
        assert!(text.contains("Orders of all"), "{verb}");
        assert_eq!(
            text.contains("class=\"btn risk\"") || text.contains("class=\"btn main\""),
            is_offered
        );
    }
}

#[tokio::test]
async fn an_audit_filter_that_can_not_be_read_shows_nothing() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    for query in [
        "actor=foo",
        "object=bar",
        "action=nope",
        "from=abc",
        "until=2027-13-01",
    ] {
        let page = browser.get(&format!("/console/activity?{query}")).await;
        let text = page.expect(422).text();
        assert!(text.contains("nothing is shown"), "{query}");
        assert!(text.contains("No entries."), "{query}");
        let export = browser
            .get(&format!("/console/activity/export?{query}"))
            .await;
        export.expect(422);
    }
    let page = browser.get("/console/activity?action=user.create").await;
    assert!(page.expect(200).text().contains("User made"));
}
