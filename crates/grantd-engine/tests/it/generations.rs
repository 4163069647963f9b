//! Which edits make tokens void that were issued before.

use grantd_engine::EngineError;
use grantd_model::{
    BasicEncoding, ClientAuthentication, Credential, CredentialDraft, ParameterInput, Provider,
    ScopeSet, ScopeSetting, Secret, SecretInput, Timeouts, Timestamp,
};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::{ca_bundle, labels, minimal, parameter};

use crate::{by_id, created, keeping};

type Edit = (&'static str, fn(&mut CredentialDraft));

/// Edits after which earlier tokens must not be used.
const VOIDING: &[Edit] = &[
    ("client id", |draft| {
        draft.settings.client_id = "another".try_into().unwrap();
    }),
    ("path of the endpoint", |draft| {
        draft.settings.token_endpoint = "https://login.example.com/v2".try_into().unwrap();
    }),
    ("origin of the endpoint", |draft| {
        draft.settings.token_endpoint = "https://other.example.com/".try_into().unwrap();
        give(draft);
    }),
    ("scopes", |draft| {
        draft.settings.scope = ScopeSetting::Set(ScopeSet::parse("mail.send").unwrap());
    }),
    ("no scopes", |draft| {
        draft.settings.scope = ScopeSetting::NotTaken;
    }),
    ("audience", |draft| {
        draft.settings.audience = Some("api".try_into().unwrap());
    }),
    ("resources", |draft| {
        draft.settings.resources = vec!["urn:a".try_into().unwrap()];
    }),
    ("CA bundle", |draft| {
        draft.settings.ca_bundle = Some(ca_bundle("Root"));
        give(draft);
    }),
    ("egress proxy", |draft| {
        draft.settings.egress_proxy =
            Some("http://proxy.example.com".to_owned().try_into().unwrap());
        give(draft);
    }),
    ("secret", give),
    ("method", |draft| {
        draft.authentication = ClientAuthentication::ClientSecretPost {
            secret: SecretInput::Keep,
        };
        give(draft);
    }),
    ("encoding", |draft| {
        draft.authentication = ClientAuthentication::ClientSecretBasic {
            secret: SecretInput::Keep,
            encoding: BasicEncoding::Raw,
        };
        give(draft);
    }),
    ("parameter", |draft| {
        draft.parameters = vec![parameter("p", ParameterInput::Plain("x".to_owned()))];
    }),
    ("header", |draft| {
        draft.headers = vec![parameter("x-h", ParameterInput::Plain("x".to_owned()))];
        give(draft);
    }),
];

/// Edits that are nothing to a token.
const HARMLESS: &[Edit] = &[
    ("name", |draft| {
        draft.settings.name = "another".try_into().unwrap();
    }),
    ("description", |draft| {
        draft.settings.description = "x".into();
    }),
    ("owner", |draft| draft.settings.owner = "x".into()),
    ("labels", |draft| {
        draft.settings.labels = labels(&[("team", "a")]);
    }),
    ("provider", |draft| {
        draft.settings.provider = Provider::Okta;
    }),
    ("end of the secret", |draft| {
        draft.settings.secret_expires_at = Some(Timestamp::from_seconds(1));
    }),
    ("timeouts", |draft| {
        draft.settings.timeouts = Timeouts {
            connect: std::time::Duration::from_secs(1),
            ..Timeouts::default()
        };
    }),
    ("bound hosts", |draft| {
        draft.settings.bound_hosts = vec!["api.example.com".to_owned()];
    }),
    ("allowed mailboxes", |draft| {
        draft.settings.allowed_mailboxes = vec!["a@example.com".to_owned()];
    }),
];

fn give(draft: &mut CredentialDraft) {
    let method = draft.authentication.method();
    draft.authentication = method.with_secret(SecretInput::Internal(Secret::from("given again")));
}

async fn edited(edit: fn(&mut CredentialDraft)) -> Result<(Credential, Credential), EngineError> {
    let engine = TestEngine::start();
    let before = created(&engine, minimal("a")).await;
    let mut draft = keeping(minimal("a"));
    edit(&mut draft);
    let admin = engine.as_admin();
    let after = engine
        .update_credential(&admin, &by_id(&before), before.revision, draft)
        .await;
    Ok((before, after?))
}

#[tokio::test]
async fn edits_of_what_is_sent_begin_a_generation_and_no_others_do() {
    for (edits, step) in [(VOIDING, 1), (HARMLESS, 0)] {
        for (what, edit) in edits {
            let (before, after) = edited(*edit)
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(after.revision, before.revision.next(), "{what}");
            assert_eq!(
                after.token_generation,
                before.token_generation + step,
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn disabling_and_enabling_begin_a_generation_each() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = created(&engine, minimal("a")).await;
    let mut generation = made.token_generation;
    for enabled in [false, true] {
        let after = engine
            .set_credential_enabled(&admin, &by_id(&made), enabled)
            .await;
        generation += 1;
        assert_eq!(after.unwrap().token_generation, generation);
    }
}
