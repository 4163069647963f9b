//! The pages of alert channels, as a browser without scripts meets them.

use grantd_model::Role;
use grantd_testkit::Answer as Given;

use super::{Browser, signed_in};
use crate::support::TestApp;

const NEW: &str = "/console/new-alert-channel";
const CHANNEL: &str = "/console/alerts/on-call";

fn record() -> Vec<(&'static str, &'static str)> {
    vec![
        ("name", "on-call"),
        ("kind", "webhook"),
        ("url", "https://alerts.example.com/in"),
        ("host", "of another kind, so left out"),
        ("events", "failing"),
        ("events", "expiring"),
        ("objects", "credential"),
        ("labels", "team=sales"),
        ("enabled", "on"),
        ("ticks", "on"),
        ("secret", ""),
    ]
}

fn with(
    form: Vec<(&'static str, &'static str)>,
    name: &'static str,
    value: &'static str,
) -> Vec<(&'static str, &'static str)> {
    let mut form: Vec<_> = form.into_iter().filter(|(it, _)| *it != name).collect();
    form.push((name, value));
    form
}

/// The signing secret that a page shows.
fn shown(text: &str) -> String {
    let (_, rest) = text.split_once("id=\"signing-secret\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_channel_is_added_tried_changed_rotated_and_deleted() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let page = browser.get("/console/alerts").await.expect(200);
    assert!(page.text().contains("No alert channel yet"));
    let wrong = with(with(record(), "url", "http://a.example"), "labels", "team");
    let answer = browser.post(NEW, &wrong).await.expect(422);
    let text = answer.text();
    assert!(
        text.contains("url-err") && text.contains("labels-err"),
        "{text}"
    );
    let added = browser.post(NEW, &record()).await.expect(200);
    let secret = shown(&added.text());
    assert!(secret.starts_with("whsec_"), "{secret}");
    let page = browser.get(CHANNEL).await.expect(200);
    let text = page.text();
    assert!(!text.contains("whsec_"), "{text}");
    assert!(text.contains("https://alerts.example.com/in"), "{text}");
    assert!(text.contains("team=sales"), "{text}");

    app.outbound()
        .answer("alerts.example.com", Given::json(204, ""));
    let tested = browser.post(&format!("{CHANNEL}/test"), &[]).await;
    let tested = tested.expect(200);
    assert!(tested.text().contains("The test was taken"));
    assert!(tested.text().contains("Alert channel tried"));
    let page = browser.get(CHANNEL).await.expect(200).text();
    assert!(!page.contains("/deliver\""), "it arrived: {page}");

    // one that was given up can be asked for again
    app.outbound()
        .answer("alerts.example.com", Given::json(500, ""));
    let failed = browser.post(&format!("{CHANNEL}/test"), &[]).await;
    let page = failed.expect(200).text();
    let (before, _) = page.split_once("/deliver\"").unwrap();
    let (_, alert) = before.rsplit_once("/deliveries/").unwrap();
    let again = format!("{CHANNEL}/deliveries/{alert}/deliver");
    browser.post(&again, &[]).await.expect(303);
    let page = browser.get(CHANNEL).await.expect(200).text();
    assert!(page.contains("Alert asked for again"), "{page}");
    assert!(!page.contains("/deliver\""), "it is on its way: {page}");

    let edit = format!("{CHANNEL}/edit");
    let form = browser.get(&edit).await.expect(200);
    assert!(form.text().contains("value=\"expiring\" checked"));
    assert!(!form.text().contains("value=\"recovered\" checked"));
    let changed = with(
        with(record(), "revision", "1"),
        "description",
        "Who is awake",
    );
    browser.post(&edit, &changed).await.expect(303);
    // somebody else was faster
    let answer = browser.post(&edit, &changed).await.expect(409);
    assert!(answer.text().contains("id=\"stale\""), "{}", answer.text());
    // elsewhere, the secret is expected again
    let moved = with(
        with(changed, "revision", "2"),
        "url",
        "https://other.example.com/",
    );
    let answer = browser.post(&edit, &moved).await.expect(422);
    assert!(answer.text().contains("secret-err"));

    let rotate = format!("{CHANNEL}/rotate");
    let rotated = browser.post(&rotate, &[("revision", "2")]).await;
    assert_ne!(shown(&rotated.expect(200).text()), secret);
    let delete = format!("{CHANNEL}/delete");
    browser.get(&delete).await.expect(200);
    browser
        .post(&delete, &[("revision", "3")])
        .await
        .expect(303);
    browser.get(CHANNEL).await.expect(404);
}

#[tokio::test]
async fn a_viewer_sees_and_changes_nothing() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let admin = Browser::new(&app, &cookie);
    admin.post(NEW, &record()).await.expect(200);
    let cookie = signed_in(&app, "jane", Role::Viewer).await;
    let viewer = Browser::new(&app, &cookie);
    let page = viewer.get(CHANNEL).await.expect(200);
    assert!(!page.text().contains("/test"), "{}", page.text());
    viewer.get("/console/alerts").await.expect(200);
    for path in ["/test", "/rotate", "/edit", "/delete"] {
        let answer = viewer.post(&format!("{CHANNEL}{path}"), &record()).await;
        answer.expect(403);
    }
    viewer.get(NEW).await.expect(403);
}
