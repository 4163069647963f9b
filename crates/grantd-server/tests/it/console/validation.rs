//! What a validation shows of a token: what it says, and never itself.

use data_encoding::BASE64URL_NOPAD;
use grantd_model::Role;
use grantd_testkit::Answer as Given;

use super::{Browser, signed_in};
use crate::support::{TestApp, drafts};

/// A token that is a JWT; its signature is none, nobody here verifies it.
fn jwt(claims: &str) -> String {
    let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let header = part(r#"{"alg":"RS256","typ":"at+jwt"}"#);
    format!(
        "{header}.{}.{}",
        part(claims),
        part("canary-signature-of-a-token")
    )
}

#[tokio::test]
async fn claims_are_shown_and_the_token_is_not() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    let token = jwt(
        r#"{"iss":"https://login.example.com","aud":"https://outlook.example","sub":"app-7",
            "tid":"tenant-9","roles":["Mail.Read","<i>role"],"exp":1800003600}"#,
    );
    app.watch("a token", &token);
    app.watch("a signature", token.rsplit('.').next().unwrap());
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    for (path, form) in [
        (
            "/console/credentials/mail/validate",
            [("a", "b"), ("c", "d")],
        ),
        (
            "/console/validate",
            [("credential", "mail"), ("saved", "on")],
        ),
    ] {
        app.answers(Given::token(&token));
        let page = browser.post(path, &form).await.expect(200).text();
        for shown in [
            "The token says",
            "https://outlook.example",
            "tenant-9",
            "Mail.Read",
            "2027-01-15T09:00:00Z",
        ] {
            assert!(page.contains(shown), "{path}: {shown}");
        }
        assert!(!page.contains("<i>role"), "{path}");
    }
}
