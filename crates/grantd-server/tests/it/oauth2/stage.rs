//! A credential and a client: an API key that may have tokens.

use axum::body::Body;
use data_encoding::BASE64;
use grantd_model::{Action, Grant};
use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use crate::support::{Answer, Call, TOKEN, TestApp, drafts};

/// The token endpoint.
pub(super) const PATH: &str = "/oauth2/token";

/// The form of a request for a token of the credential.
pub(super) const FORM: &str = "grant_type=client_credentials&scope=mail";

/// An API with the credential `mail`, and a client that may have its tokens.
pub(super) struct Stage {
    pub(super) app: TestApp,
    /// The client id: the id of its key.
    pub(super) id: String,
    /// The client secret: the secret half of its key.
    pub(super) secret: String,
}

impl Stage {
    pub(super) async fn new() -> Self {
        Self::over(TestApp::start().await).await
    }

    pub(super) async fn over(app: TestApp) -> Self {
        app.add(&drafts::with("Mail", json!({"scope": "a b"})))
            .await;
        let key = app.key_with(vec![Grant::everywhere(Action::Token)]).await;
        Self::with_key(app, &key)
    }

    /// The same for the holder of this key.
    pub(super) fn with_key(app: TestApp, key: &str) -> Self {
        let (id, secret) = halves(key);
        app.watch("a client secret of a key", &secret);
        app.watch(
            "a client's Basic header",
            &BASE64.encode(format!("{id}:{secret}").as_bytes()),
        );
        Self { app, id, secret }
    }

    /// The same, with one answer of the authorization server that holds a token.
    pub(super) async fn with_token() -> Self {
        let stage = Self::new().await;
        stage.app.answers(Given::token(TOKEN));
        stage
    }

    /// A call without any client authentication.
    pub(super) fn call(&self) -> Call<'_> {
        self.app.anonymous().post(PATH)
    }

    /// A call with the client's id and secret by Basic.
    pub(super) fn as_client(&self) -> Call<'_> {
        basic(self.call(), &format!("{}:{}", self.id, self.secret))
    }

    /// What the client gets for this form.
    pub(super) async fn ask(&self, form: &str) -> Answer {
        self.as_client().written_form(form).await
    }

    /// Whoever asks with this header gets a token or an error.
    pub(super) async fn by_header(&self, authorization: &str) -> Answer {
        let call = self.call().header("authorization", authorization);
        call.written_form(FORM).await
    }

    /// The same with this Basic user-pass (RFC 7617 section 2).
    pub(super) async fn by_basic(&self, user_pass: &str) -> Answer {
        basic(self.call(), user_pass).written_form(FORM).await
    }

    /// A call by the client with any body.
    pub(super) fn with_body(&self, media_type: &str, body: impl Into<Body>) -> Call<'_> {
        let call = self.as_client().header("content-type", media_type);
        call.body(body.into())
    }
}

/// The halves of an API key.
pub(super) fn halves(key: &str) -> (String, String) {
    let (id, secret) = key.strip_prefix("gk_").unwrap().split_once('_').unwrap();
    (id.to_owned(), secret.to_owned())
}

pub(super) fn basic<'a>(call: Call<'a>, user_pass: &str) -> Call<'a> {
    let encoded = BASE64.encode(user_pass.as_bytes());
    call.header("authorization", &format!("Basic {encoded}"))
}

/// Demands the token.
#[track_caller]
pub(super) fn expect_token(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let token = answer.json();
    assert_eq!(token["access_token"], TOKEN);
    token
}

/// Demands this error, in the form that all have (RFC 6749 section 5.2); its description.
#[track_caller]
pub(super) fn expect_error(answer: &Answer, code: &str) -> String {
    let document = answer.json();
    assert_eq!(document["error"], code, "{document}");
    let status = match code {
        "invalid_client" => 401,
        "temporarily_unavailable" => 503,
        _ => 400,
    };
    assert_eq!(answer.status, status, "{document}");
    assert_eq!(document.as_object().unwrap().len(), 2, "{document}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge.is_some(), status == 401, "{challenge:?}");
    assert_eq!(answer.header("retry-after").is_some(), status == 503);
    let description = document["error_description"].as_str().unwrap();
    let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    assert!(
        !description.is_empty() && description.chars().all(allowed),
        "{description}"
    );
    description.to_owned()
}
