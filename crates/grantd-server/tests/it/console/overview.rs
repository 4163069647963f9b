//! The first page: a guide until the first credential works, then what needs attention.

use grantd_model::Role;
use grantd_testkit::Answer as Given;

use super::{Browser, signed_in};
use crate::support::mail::{has_worked, with_listener};
use crate::support::{TOKEN, TestApp, drafts};

#[tokio::test]
async fn the_guide_ends_with_the_first_credential_that_works_and_never_comes_back() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let page = async || browser.get("/console/").await.expect(200).text();
    assert!(page().await.contains("Ready for the first credential"));
    app.add(&drafts::minimal("Mail")).await;
    assert!(page().await.contains("Validate the first credential"));

    app.answers(Given::refusal(401, "invalid_client"));
    let validate = "/console/credentials/mail/validate";
    browser.post(validate, &[]).await.expect(200);
    assert!(page().await.contains("Validate the first credential"));
    app.answers(Given::token(TOKEN));
    browser.post(validate, &[]).await.expect(200);
    assert!(page().await.contains("Nothing needs attention"));

    // that is when it is needed most
    app.answers(Given::refusal(401, "invalid_client"));
    browser.post(validate, &[]).await.expect(200);
    let text = page().await;
    assert!(
        text.contains("Mail fails") && !text.contains("first credential"),
        "{text}"
    );
}

#[tokio::test]
async fn a_listener_that_has_given_mails_up_needs_attention() {
    let app = TestApp::start().await;
    let listener = with_listener(&app, "Orders").await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    let overview = async || browser.get("/console/?all").await.expect(200).text();
    assert!(!overview().await.contains("/console/listeners/orders"));
    has_worked(&app, &listener).await;
    let page = overview().await;
    assert!(page.contains("/console/listeners/orders") && page.contains("Mails given up: 1 mail"));
    // one that is paused is as somebody wants it
    app.as_editor()
        .post("/v1/listeners/orders/pause")
        .await
        .expect(200);
    assert!(!overview().await.contains("/console/listeners/orders"));
}
