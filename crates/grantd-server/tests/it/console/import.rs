//! Import and export in the console, as a browser without scripts meets them.

use grantd_model::Role;
use grantd_testkit::fixtures::CLIENT_SECRET;

use super::{Browser, signed_in};
use crate::support::TestApp;

const PLAN: &str = "/console/import/plan";
const APPLY: &str = "/console/import/apply";
const CSV: &str = "/console/import/csv";

const DOCUMENT: &str = "version = 1\n[credentials.mail]\nname = \"Mail\"\nclient_id = \"m\"\n\
                        client_secret = \"${secret}\"\ntoken_endpoint = \"https://login.example.com/t\"\n\
                        scope = \"a\"\n";

fn variables() -> String {
    format!("secret = \"{CLIENT_SECRET}\"")
}

fn digest(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"digest\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn started() -> TestApp {
    let app = TestApp::start().await;
    app.watch("a secret that was typed", CLIENT_SECRET);
    app
}

#[tokio::test]
async fn a_document_is_planned_and_applied_and_its_secret_never_comes_back() {
    let app = started().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let variables = variables();
    let typed = [("document", DOCUMENT), ("variables", variables.as_str())];
    let plan = browser.post(PLAN, &typed).await.expect(200).text();
    assert!(
        plan.contains("token_endpoint") && plan.contains("Apply"),
        "{plan}"
    );
    app.as_admin().get("/v1/credentials/mail").await.expect(404);
    let digest = digest(&plan);
    // another session can not apply it
    let other = signed_in(&app, "other", Role::Admin).await;
    let stranger = Browser::new(&app, &other);
    let refused = stranger.post(APPLY, &[("digest", &digest)]).await;
    refused.expect(409);
    let done = browser
        .post(APPLY, &[("digest", &digest)])
        .await
        .expect(200);
    assert!(
        done.text().contains("Everything was done."),
        "{}",
        done.text()
    );
    app.as_admin().get("/v1/credentials/mail").await.expect(200);
    // it is kept no more
    browser
        .post(APPLY, &[("digest", &digest)])
        .await
        .expect(409);
    let plan = browser.post(PLAN, &typed).await.expect(200).text();
    assert!(plan.contains("internal, given"), "{plan}");
    let kept = DOCUMENT.replace("client_secret = \"${secret}\"\n", "");
    let kept = [("document", kept.as_str())];
    let plan = browser.post(PLAN, &kept).await.expect(200).text();
    assert!(
        plan.contains("Everything is as the document wants it."),
        "{plan}"
    );
    let export = browser.get("/console/export").await.expect(200);
    assert_eq!(
        export.header("content-disposition"),
        Some("attachment; filename=\"grantd.toml\"")
    );
    assert!(
        export.text().contains("[credentials.mail]"),
        "{}",
        export.text()
    );
    browser
        .get("/console/export?form=json")
        .await
        .expect(200)
        .json();
}

#[tokio::test]
async fn a_plan_that_was_overtaken_is_shown_anew() {
    let app = started().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let variables = variables();
    let typed = [("document", DOCUMENT), ("variables", variables.as_str())];
    let plan = browser.post(PLAN, &typed).await.expect(200).text();
    let mut mail = crate::support::drafts::minimal("Mail");
    mail["owner"] = "somebody".into();
    app.as_admin()
        .post("/v1/credentials")
        .json(&mail)
        .await
        .expect(201);
    let first = digest(&plan);
    let again = browser
        .post(APPLY, &[("digest", &first)])
        .await
        .expect(200)
        .text();
    assert!(again.contains("the credential `mail` was added"), "{again}");
    let second = digest(&again);
    assert_ne!(first, second);
    browser
        .post(APPLY, &[("digest", &second)])
        .await
        .expect(200);
    let mail = app.as_admin().get("/v1/credentials/mail").await.json();
    assert_eq!(mail["owner"], "", "as the document says");
}

#[tokio::test]
async fn mistakes_are_named_by_line() {
    let app = started().await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let literal = DOCUMENT.replace("${secret}", CLIENT_SECRET);
    let page = browser
        .post(PLAN, &[("document", &literal)])
        .await
        .expect(422);
    assert!(
        page.text().contains("Line 5: client_secret"),
        "{}",
        page.text()
    );
    let broken = format!("{DOCUMENT}x = \"{CLIENT_SECRET}");
    let page = browser
        .post(PLAN, &[("document", &broken)])
        .await
        .expect(422);
    assert!(
        page.text().contains("Line 8: this is no TOML"),
        "{}",
        page.text()
    );
    let rows = "name,client_id,client_secret,token_endpoint,scope\n\
                One,c,s,https://login.example.com/t,a\nTwo,c,s,ftp://x,a\n";
    let page = browser.post(CSV, &[("csv", rows)]).await.expect(422).text();
    assert!(
        page.contains("nothing was imported") && page.contains("token_endpoint"),
        "{page}"
    );
    assert!(
        page.contains("data:text/csv;charset=utf-8,line%2Cname"),
        "{page}"
    );
    let formula = rows.replace("Two,c", "=1+1,c");
    let page = browser.post(CSV, &[("csv", &formula)]).await;
    let page = page.expect(422).text();
    assert!(page.contains("%27%3D1%2B1%2Crefused"), "{page}");
    app.as_admin().get("/v1/credentials/one").await.expect(404);
    let skip = [("csv", rows), ("skip_bad_rows", "on")];
    browser.post(CSV, &skip).await.expect(200);
    app.as_admin().get("/v1/credentials/one").await.expect(200);
    let page = browser.post(CSV, &[("csv", "colour\n")]).await.expect(422);
    assert!(
        page.text().contains("Line 1: there is no column"),
        "{}",
        page.text()
    );

    let cookie = signed_in(&app, "eve", Role::Viewer).await;
    let viewer = Browser::new(&app, &cookie);
    viewer.get("/console/import").await.expect(200);
    for path in [PLAN, APPLY, CSV] {
        viewer.post(path, &[]).await.expect(403);
    }
}
