//! RFC 6749 section 4.4: the grant itself.

use grantd_model::{
    AuthenticationMethod, BasicEncoding, ClientId, Parameter, Secret, TokenEndpoint,
};
use grantd_oauth::{RequestValue, TokenRequestParameters, TokenWarning};

use crate::support::{Answer, Request, body, plain};

#[test]
fn section_4_4_2_the_whole_request() {
    let request = Request {
        scope: Some("a b"),
        resources: vec!["https://api.example.com/"],
        audience: Some("api"),
        parameters: vec![plain("organization", "acme")],
        ..Request::post("s6BhdRkqt3", "gX1fBat3bV")
    };
    assert_eq!(
        body(&request.build().unwrap()),
        "grant_type=client_credentials&client_id=s6BhdRkqt3&client_secret=gX1fBat3bV&scope=a%20b\
         &resource=https%3A%2F%2Fapi.example.com%2F&audience=api&organization=acme"
    );
}

#[test]
fn section_4_4_3_a_refresh_token_is_not_used() {
    let answer = Answer::json(
        200,
        r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,
           "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA"}"#,
    );
    let error = answer.error();
    assert!(!format!("{error:?}").contains("tGzv3JOkF0XG5Qx2TlKWIA"));

    let answer = Answer::json(
        200,
        r#"{"access_token":"a","token_type":"bearer","expires_in":1,"refresh_token":"r"}"#,
    );
    assert_eq!(answer.token().warnings, [TokenWarning::RefreshTokenIgnored]);
}

#[test]
fn a_request_names_its_secrets_for_redaction() {
    let endpoint = TokenEndpoint::try_from("https://server.example.com/token").unwrap();
    let client_id = ClientId::try_from("a").unwrap();
    let method = AuthenticationMethod::ClientSecretBasic(BasicEncoding::Percent);
    let authentication = method.with_secret(Secret::from("one"));
    let two = Parameter {
        name: "x".to_owned(),
        value: RequestValue::Secret(Secret::from("two")),
    };
    let parameters = [plain("y", "open"), two];
    let request = TokenRequestParameters {
        token_endpoint: &endpoint,
        client_id: &client_id,
        authentication: &authentication,
        scope: None,
        resources: &[],
        audience: None,
        parameters: &parameters,
        headers: &[],
        claims: None,
    };
    let secrets: Vec<&str> = request
        .secrets()
        .into_iter()
        .map(|s| s.expose().as_str())
        .collect();
    assert_eq!(secrets, ["one", "two"]);
}
