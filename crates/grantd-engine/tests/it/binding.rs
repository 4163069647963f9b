//! What a stored secret is bound to: changing that demands the secret again.

use grantd_engine::EngineError;
use grantd_model::{
    BasicEncoding, ClientAuthentication, Credential, CredentialDraft, ParameterInput, ProxyUrl,
    Secret, SecretInput,
};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::{CLIENT_SECRET, ca_bundle, minimal, parameter};

use crate::{by_id, created, fields};

const AGAIN: &str = "secret_required_again";

/// With a proxy, a CA bundle, and of parameters and headers a plain and a secret one each.
fn bound(bundle: &str) -> CredentialDraft {
    let mut draft = minimal("bound");
    draft.settings.ca_bundle = Some(bundle.to_owned());
    draft.settings.egress_proxy = Some(proxy("http://proxy.example.com:3128"));
    draft.parameters = vec![
        parameter("p", ParameterInput::Plain("one".to_owned())),
        parameter("ps", secret_value()),
    ];
    draft.headers = vec![
        parameter("x-h", ParameterInput::Plain("one".to_owned())),
        parameter("x-hs", secret_value()),
    ];
    draft
}

fn secret_value() -> ParameterInput {
    ParameterInput::Secret(Secret::from("a value"))
}

fn proxy(text: &str) -> ProxyUrl {
    text.to_owned().try_into().unwrap()
}

/// The same draft with nothing given again.
fn all_kept(bundle: &str) -> CredentialDraft {
    let mut draft = crate::keeping(bound(bundle));
    draft.parameters[1].value = ParameterInput::Keep;
    draft.headers[1].value = ParameterInput::Keep;
    draft
}

/// The same draft with everything given again, changed like this.
fn all_given(bundle: &str, change: impl Fn(&mut CredentialDraft)) -> CredentialDraft {
    let mut draft = all_kept(bundle);
    change(&mut draft);
    let method = draft.authentication.method();
    draft.authentication = method.with_secret(SecretInput::Internal(Secret::from(CLIENT_SECRET)));
    for parameter in draft.parameters.iter_mut().chain(&mut draft.headers) {
        if matches!(parameter.value, ParameterInput::Keep) {
            parameter.value = secret_value();
        }
    }
    draft
}

async fn update(
    engine: &TestEngine,
    credential: &Credential,
    draft: CredentialDraft,
) -> Result<Credential, EngineError> {
    let admin = engine.as_admin();
    engine
        .update_credential(&admin, &by_id(credential), credential.revision, draft)
        .await
}

type Change = (&'static str, fn(&mut CredentialDraft));

/// What demands the secret again, with the word that the message has for it.
const BINDING: &[Change] = &[
    ("the origin of the token endpoint", |draft| {
        endpoint(draft, "https://other.example.com/oauth2/token");
    }),
    ("the origin of the token endpoint", |draft| {
        endpoint(draft, "https://login.example.com:8443/oauth2/token");
    }),
    ("the origin of the token endpoint", |draft| {
        endpoint(draft, "https://login.example.com./oauth2/token");
    }),
    ("the CA bundle", |draft| draft.settings.ca_bundle = None),
    ("the CA bundle", |draft| {
        draft.settings.ca_bundle = Some(ca_bundle("Another Root"));
    }),
    ("the egress proxy", |draft| {
        draft.settings.egress_proxy = None;
    }),
    ("the egress proxy", |draft| {
        draft.settings.egress_proxy = Some(proxy("http://proxy.example.com:3129"));
    }),
    ("the authentication method", |draft| {
        draft.authentication = ClientAuthentication::ClientSecretPost {
            secret: SecretInput::Keep,
        };
    }),
    ("the authentication method", |draft| {
        draft.authentication = ClientAuthentication::ClientSecretBasic {
            secret: SecretInput::Keep,
            encoding: BasicEncoding::Raw,
        };
    }),
    ("the extra headers", |draft| {
        draft.headers.push(parameter(
            "x-new",
            ParameterInput::Plain("forward-to".to_owned()),
        ));
    }),
    ("the extra headers", |draft| {
        draft.headers[0].value = ParameterInput::Plain("two".to_owned());
    }),
    ("the extra headers", |draft| {
        draft.headers.remove(0);
    }),
    ("the extra headers", |draft| {
        draft.headers[0].value = secret_value();
    }),
];

/// What does not.
const FREE: &[Change] = &[
    ("path", |draft| {
        endpoint(draft, "https://login.example.com/v2/token");
    }),
    ("query", |draft| {
        endpoint(draft, "https://login.example.com/oauth2/token?tenant=2");
    }),
    ("the same origin in other words", |draft| {
        endpoint(draft, "https://LOGIN.example.com:443/oauth2/token");
    }),
    ("name", |draft| {
        draft.settings.name = "another".try_into().unwrap();
    }),
    ("client id", |draft| {
        draft.settings.client_id = "another".try_into().unwrap();
    }),
    ("parameters", |draft| {
        draft.parameters[0].value = ParameterInput::Plain("two".to_owned());
    }),
    ("a parameter less", |draft| {
        draft.parameters.remove(0);
    }),
];

fn endpoint(draft: &mut CredentialDraft, url: &str) {
    draft.settings.token_endpoint = url.try_into().unwrap();
}

#[tokio::test]
async fn changing_where_or_how_it_goes_demands_every_kept_secret_again() {
    let bundle = ca_bundle("Root");
    for (number, (what, change)) in BINDING.iter().enumerate() {
        let engine = TestEngine::start();
        let made = created(&engine, bound(&bundle)).await;
        let mut draft = all_kept(&bundle);
        change(&mut draft);
        let header = draft.headers.iter().position(|it| it.name == "x-hs");
        let error = update(&engine, &made, draft).await.unwrap_err();
        let expected = [
            ("/client_secret".to_owned(), AGAIN),
            ("/parameters/1/value".to_owned(), AGAIN),
            (format!("/headers/{}/value", header.unwrap()), AGAIN),
        ];
        assert_eq!(fields(&error), expected, "{number} {what}");
        assert!(error.to_string().contains(what), "{number} {error}");
        let found = engine
            .get_credential(&engine.as_admin(), &by_id(&made))
            .await;
        assert_eq!(found.unwrap(), made, "{number} {what}");

        let given = all_given(&bundle, change);
        let after = update(&engine, &made, given).await.unwrap();
        assert_ne!(after, made, "{number} {what}");
    }
}

#[tokio::test]
async fn one_secret_that_is_kept_is_refused_even_if_the_others_are_given() {
    let bundle = ca_bundle("Root");
    for (number, (_, change)) in BINDING.iter().enumerate() {
        let engine = TestEngine::start();
        let made = created(&engine, bound(&bundle)).await;
        let mut draft = all_given(&bundle, change);
        draft.parameters[1].value = ParameterInput::Keep;
        let error = update(&engine, &made, draft).await.unwrap_err();
        let expected = [("/parameters/1/value".to_owned(), AGAIN)];
        assert_eq!(fields(&error), expected, "{number}");

        let mut draft = all_given(&bundle, change);
        let header = draft.headers.iter().position(|it| it.name == "x-hs");
        let header = header.unwrap();
        draft.headers[header].value = ParameterInput::Keep;
        let error = update(&engine, &made, draft).await.unwrap_err();
        let expected = [(format!("/headers/{header}/value"), AGAIN)];
        assert_eq!(fields(&error), expected, "{number}");
    }
}

#[tokio::test]
async fn changes_that_leave_where_and_how_it_goes_keep_the_secret() {
    let bundle = ca_bundle("Root");
    for (what, change) in FREE {
        let engine = TestEngine::start();
        let made = created(&engine, bound(&bundle)).await;
        let mut draft = all_kept(&bundle);
        change(&mut draft);
        let after = update(&engine, &made, draft).await;
        let after = after.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(after.authentication, made.authentication, "{what}");
    }
}

#[tokio::test]
async fn a_secret_is_kept_under_its_own_name_and_place_only() {
    let bundle = ca_bundle("Root");
    let engine = TestEngine::start();
    let made = created(&engine, bound(&bundle)).await;
    let mut draft = all_kept(&bundle);
    // `p` is kept in clear text, `x-hs` is a header, `ghost` was never there
    draft.parameters = vec![
        parameter("p", ParameterInput::Keep),
        parameter("x-hs", ParameterInput::Keep),
        parameter("ghost", ParameterInput::Keep),
    ];
    let error = update(&engine, &made, draft).await.unwrap_err();
    let expected = [0, 1, 2].map(|it| (format!("/parameters/{it}/value"), "required"));
    assert_eq!(fields(&error), expected);
}

#[tokio::test]
async fn another_value_of_a_secret_header_demands_the_secret_again() {
    let bundle = ca_bundle("Root");
    let engine = TestEngine::start();
    let made = created(&engine, bound(&bundle)).await;
    let mut draft = all_kept(&bundle);
    draft.headers[1].value = secret_value();
    let error = update(&engine, &made, draft).await.unwrap_err();
    let expected = ["/client_secret", "/parameters/1/value"].map(|it| (it.to_owned(), AGAIN));
    assert_eq!(fields(&error), expected);
    let given = all_given(&bundle, |_| ());
    update(&engine, &made, given).await.unwrap();
}
