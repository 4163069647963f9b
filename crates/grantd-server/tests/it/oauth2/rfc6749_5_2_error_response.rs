//! The characters of descriptions, whatever stood in the request, and no secret in the logs.

use super::Stage;
use super::stage::expect_error;

#[tokio::test]
async fn what_was_sent_breaks_no_description() {
    let stage = Stage::new().await;
    for scope in [
        "%22",
        "%5C",
        "%60",
        "%0D%0Ax:%20y",
        "%7F",
        "%F0%9F%92%A9",
        "<b>",
        "cred_%22",
    ] {
        for parameter in ["scope", "audience", "resource", "client_id"] {
            let body = format!("grant_type=client_credentials&{parameter}={scope}");
            let answer = stage.ask(&body).await;
            let code = answer.member("error");
            expect_error(&answer, &code);
        }
    }
}

#[tokio::test]
async fn a_secret_in_a_wrong_place_is_not_repeated() {
    let stage = Stage::new().await;
    let Stage { id, secret, .. } = &stage;
    for body in [
        format!("grant_type={secret}&scope=mail"),
        format!("grant_type=client_credentials&scope={secret}"),
        format!("grant_type=client_credentials&scope=gk_{id}_{secret}"),
        format!("grant_type=client_credentials&audience={secret}"),
        format!("grant_type=client_credentials&scope=mail&client_id={secret}"),
        format!("{secret}={secret}"),
    ] {
        let answer = stage.ask(&body).await;
        let code = answer.member("error");
        expect_error(&answer, &code);
    }
}
