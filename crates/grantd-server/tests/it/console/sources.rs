//! The pages of secret sources, as a browser without scripts meets them.

use grantd_model::Role;
use grantd_testkit::Answer as Given;

use super::{Browser, signed_in};
use crate::support::{TestApp, sources};

const NEW: &str = "/console/new-source";
const SERVICE: &str = "/console/sources/service";

fn record(action: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("action", action),
        ("name", "service"),
        ("kind", "https"),
        ("url", "https://secrets.example.com/{path}"),
        ("header", "authorization"),
        ("header_prefix", "Bearer "),
        ("secret_in", "here"),
        ("secret", "canary-token-of-the-service"),
        ("paths", "apps/*"),
        ("origins", "https://login.example.com"),
        ("fresh_s", "300"),
        ("stale_s", "3600"),
        ("reads_per_second", "200"),
        ("login", "approle"),
        ("role_id", "of another kind, so left out"),
        ("kv_version", "2"),
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

#[tokio::test]
async fn a_source_is_added_tried_changed_and_deleted() {
    let app = TestApp::start().await;
    app.watch("the source's secret", "canary-token-of-the-service");
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let wrong = with(with(record("add"), "paths", ""), "fresh_s", "soon");
    let answer = browser.post(NEW, &wrong).await.expect(422);
    let text = answer.text();
    assert!(
        text.contains("paths-err") && text.contains("fresh_s-err"),
        "{text}"
    );
    assert!(
        text.contains("https://secrets.example.com/{path}"),
        "{text}"
    );
    assert!(text.contains("type it again"), "{text}");

    app.outbound()
        .answer_always("secrets.example.com", Given::json(200, "a secret"));
    let tried = with(record("test"), "try_path", "apps/one");
    let answer = browser.post(NEW, &tried).await.expect(200);
    assert!(answer.text().contains("Found"), "{}", answer.text());
    browser.post(NEW, &record("add")).await.expect(303);
    let page = browser.get(SERVICE).await.expect(200);
    assert!(page.text().contains("https://secrets.example.com/{path}"));

    let edit = format!("{SERVICE}/edit");
    let form = with(record("update"), "secret", "");
    let form = with(with(form, "revision", "1"), "description", "For sales");
    browser.post(&edit, &form).await.expect(303);
    let page = browser.get(SERVICE).await.expect(200);
    assert!(page.text().contains("For sales"));
    // somebody else was faster
    let answer = browser.post(&edit, &form).await.expect(409);
    assert!(answer.text().contains("id=\"stale\""), "{}", answer.text());
    // elsewhere, the secret is expected again
    let moved = with(
        with(form, "revision", "2"),
        "url",
        "https://evil.example.com/{path}",
    );
    let answer = browser.post(&edit, &moved).await.expect(422);
    assert!(
        answer.text().contains("expected again"),
        "{}",
        answer.text()
    );

    let delete = format!("{SERVICE}/delete");
    browser.get(&delete).await.expect(200);
    let answer = browser.post(&delete, &[("revision", "1")]).await;
    answer.expect(303);
    browser.get(SERVICE).await.expect(200);
    browser
        .post(&delete, &[("revision", "2")])
        .await
        .expect(303);
    browser.get(SERVICE).await.expect(404);
}

#[tokio::test]
async fn what_a_source_holds_is_browsed_and_picked() {
    let (app, folder) = sources::app_with_files().await;
    #[expect(clippy::disallowed_methods, reason = "the source reads files")]
    std::fs::create_dir(folder.path().join("sales")).unwrap();
    sources::write(folder.path(), "sales/one", "x");
    sources::write(folder.path(), "top", "x");
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let form = |more: &[(&'static str, &'static str)]| {
        let mut form = vec![
            ("secret_source", "external"),
            ("ref_source", "team-files"),
            ("token_endpoint", "https://login.example.com/token"),
            ("name", "kept as it was typed"),
        ];
        form.extend(more);
        form
    };
    let new = "/console/new-credential";
    let top = browser.post(new, &form(&[("action", "browse")])).await;
    let top = top.expect(200);
    assert!(top.text().contains("value=\"sales/\""), "{}", top.text());
    assert!(top.text().contains("value=\"top\""));
    assert!(top.text().contains("kept as it was typed"));
    let below = browser.post(new, &form(&[("pick", "sales/")])).await;
    assert!(below.expect(200).text().contains("value=\"sales/one\""));
    let picked = browser.post(new, &form(&[("pick", "sales/one")])).await;
    let picked = picked.expect(200);
    assert!(!picked.text().contains("id=\"entries\""));
    let tried = form(&[("action", "test_reference"), ("ref_path", "sales/one")]);
    let tried = browser.post(new, &tried).await.expect(200);
    assert!(tried.text().contains("Found"), "{}", tried.text());
    let out = browser
        .post(new, &form(&[("pick", "../")]))
        .await
        .expect(200);
    assert!(!out.text().contains("value=\"../"), "{}", out.text());
}

#[tokio::test]
async fn a_declared_source_is_shown_and_stays_as_it_is() {
    let (app, _folder) = sources::app_with_files().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let list = browser.get("/console/sources").await.expect(200);
    assert!(list.text().contains("team-files"));
    let page = browser.get("/console/sources/team-files").await.expect(200);
    assert!(page.text().contains("declared in the configuration"));
    assert!(!page.text().contains("/edit"), "{}", page.text());
    for path in ["edit", "delete"] {
        let path = format!("/console/sources/team-files/{path}");
        browser.get(&path).await.expect(409);
    }
}

#[tokio::test]
async fn only_admins_see_them() {
    let (app, _folder) = sources::app_with_files().await;
    for (name, role) in [("ed", Role::Editor), ("vi", Role::Viewer)] {
        let cookie = signed_in(&app, name, role).await;
        let browser = Browser::new(&app, &cookie);
        for path in ["/console/sources", NEW, "/console/sources/team-files"] {
            browser.get(path).await.expect(403);
        }
        browser.post(NEW, &record("add")).await.expect(403);
        let home = browser.get("/console/global-settings").await.expect(200);
        assert!(!home.text().contains("/console/sources"));
    }
}
