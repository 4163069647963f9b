//! The one grant there is.

use super::Stage;
use super::stage::{FORM, expect_error};

#[tokio::test]
async fn no_grant_type_is_an_invalid_request() {
    let stage = Stage::new().await;
    for body in ["scope=mail", "scope=mail&grant_type=", ""] {
        let description = expect_error(&stage.ask(body).await, "invalid_request");
        assert!(description.contains("client_credentials"), "{description}");
    }
}

#[tokio::test]
async fn another_grant_is_not_supported() {
    let stage = Stage::new().await;
    for grant in [
        "password",
        "refresh_token",
        "authorization_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "Client_Credentials",
        "client_credentials ",
        "client_credentials\0",
    ] {
        let form = [("grant_type", grant), ("scope", "mail")];
        let answer = stage.as_client().form(&form).await;
        let description = expect_error(&answer, "unsupported_grant_type");
        assert!(description.contains("client_credentials"), "{description}");
    }
}

#[tokio::test]
async fn who_is_not_known_is_told_that_first() {
    let stage = Stage::new().await;
    for body in ["grant_type=password", "scope=mail", FORM] {
        let answer = stage.call().written_form(body).await;
        expect_error(&answer, "invalid_client");
    }
}
