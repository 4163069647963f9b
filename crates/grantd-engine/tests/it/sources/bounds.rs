//! What a source may serve is the same for every way that leads to it.

use grantd_engine::{Destination, EngineError, ValidationRequest, ValidationSubject};
use grantd_model::{CredentialDraft, Origin, SecretInput, SecretReference};
use grantd_testkit::fixtures::{HOST, ca_bundle, minimal};
use grantd_testkit::{Answer, TestEngine};

use super::{SERVICE, added, class, credential, reference, service, without};
use crate::{by_id, created, fields};

pub(super) fn destination(origin: &str) -> Destination {
    Destination {
        origin: Origin::try_from(origin.to_owned()).unwrap(),
        own_ca_bundle: false,
        own_egress_proxy: false,
    }
}

/// A draft beyond the bounds, what it is about, and the member that is named.
fn beyond() -> Vec<(&'static str, CredentialDraft, &'static str)> {
    let inside = || credential("new", reference("service", "apps/one"));
    let mut drafts: Vec<(&str, CredentialDraft, &str)> = [
        "root",
        "apps",
        "apps/",
        "apps2/one",
        "apps/../root",
        "apps/./one",
        "apps//one",
        "/apps/one",
        "apps/one/../../root",
        "APPS/one",
        "apps\\..\\root",
        "%61pps/one",
    ]
    .into_iter()
    .map(|path| {
        let draft = credential("new", reference("service", path));
        (path, draft, "/client_secret_reference")
    })
    .collect();
    for endpoint in [
        "https://evil.example.com/token",
        "https://login.example.com:8443/token",
        "https://login.example.com.evil.example/token",
        "http://127.0.0.1/token",
    ] {
        let mut draft = inside();
        draft.settings.token_endpoint = endpoint.try_into().unwrap();
        drafts.push((endpoint, draft, "/client_secret_reference"));
    }
    let mut draft = inside();
    draft.settings.ca_bundle = Some(ca_bundle("x"));
    drafts.push(("an authority of its own", draft, "/ca_bundle"));
    let mut draft = inside();
    draft.settings.egress_proxy = Some(
        "http://proxy.example.com:3128"
            .to_owned()
            .try_into()
            .unwrap(),
    );
    drafts.push(("a proxy of its own", draft, "/egress_proxy"));
    let version = SecretReference {
        version: Some("3".to_owned()),
        ..reference("service", "apps/one")
    };
    drafts.push((
        "a version",
        credential("new", version),
        "/client_secret_reference",
    ));
    drafts.push((
        "no source",
        credential("new", reference("nothing", "apps/one")),
        "/client_secret_reference",
    ));
    drafts
}

async fn engine() -> TestEngine {
    let engine = TestEngine::start();
    engine
        .outbound
        .answer_always(SERVICE, Answer::json(200, "canary-secret-of-the-service"));
    engine.outbound.answer_always(HOST, Answer::token("t"));
    added(&engine, "service", service(), without()).await;
    engine
}

fn refused(error: &EngineError, what: &str, member: &str) {
    let named = fields(error);
    assert_eq!(named.len(), 1, "{what}: {named:?}");
    assert_eq!(named[0].0, member, "{what}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{what}");
}

#[tokio::test]
async fn an_editor_reaches_nothing_beyond_the_bounds() {
    let engine = engine().await;
    let editor = engine.as_editor();
    let before = created(&engine, minimal("before")).await;
    let wanted = by_id(&before);
    for (what, draft, member) in beyond() {
        // by adding
        let error = engine.create_credential(&editor, again(&draft)).await;
        refused(&error.unwrap_err(), what, member);
        // by changing
        let revision = before.revision;
        let changed = engine
            .update_credential(&editor, &wanted, revision, again(&draft))
            .await;
        refused(&changed.unwrap_err(), what, member);
        // by trying, with and without a credential that is there
        let subjects = [
            ValidationSubject::Draft(Box::new(again(&draft))),
            ValidationSubject::Edited(wanted.clone(), Box::new(again(&draft))),
        ];
        for subject in subjects {
            let request = ValidationRequest {
                subject,
                probe: None,
            };
            let error = engine.validate(&editor, request, None).await;
            refused(&error.unwrap_err(), what, member);
        }
        // by looking for it alone
        let SecretInput::External(reference) = draft.authentication.secret() else {
            panic!("{what} is no reference");
        };
        let destination = Destination::of(&draft.settings);
        let test = engine
            .test_reference(&editor, reference, &destination)
            .await
            .unwrap();
        let expected = ["outside", "not_served", "wrong_version", "unknown_source"];
        assert!(expected.contains(&class(&test)), "{what}: {}", class(&test));
        // by a next secret, where that alone leads out
        if destination == Destination::of(&minimal("a").settings) {
            let secret = SecretInput::External(reference.clone());
            let next = engine.add_secret(&editor, &wanted, revision, secret).await;
            let named = fields(&next.unwrap_err());
            assert!(named[0].0.contains("reference"), "{what}: {named:?}");
        }
    }
    assert_eq!(
        engine.outbound.count(SERVICE),
        0,
        "the service was never asked"
    );
    assert_eq!(engine.outbound.count(HOST), 0);
}

fn again(draft: &CredentialDraft) -> CredentialDraft {
    CredentialDraft {
        slug: draft.slug.clone(),
        settings: draft.settings.clone(),
        authentication: draft.authentication.clone(),
        parameters: Vec::new(),
        headers: Vec::new(),
    }
}

#[tokio::test]
async fn bounds_that_become_narrower_hold_for_what_is_there() {
    let engine = engine().await;
    let admin = engine.as_admin();
    let made = created(&engine, credential("one", reference("service", "apps/one"))).await;
    engine.fetch_token(&admin, &by_id(&made)).await.unwrap();
    let mut narrower = service();
    narrower.paths = vec!["apps/other".to_owned()];
    let first = grantd_model::Revision::FIRST;
    let of = super::name("service");
    let updated = engine.update_source(&admin, &of, first, &narrower, without());
    updated.await.unwrap();
    let sent = engine.outbound.count(SERVICE);
    let error = engine.fetch_token(&admin, &by_id(&made)).await.unwrap_err();
    let EngineError::Source(error) = crate::cause(&error) else {
        panic!("{error}");
    };
    assert_eq!(error.class(), "outside");
    assert_eq!(engine.outbound.count(SERVICE), sent, "it was not asked");
}

#[tokio::test]
async fn a_version_leads_nowhere_else() {
    let engine = engine().await;
    let editor = engine.as_editor();
    let mut versioned = service();
    let https = versioned.https.as_mut().unwrap();
    https.url = format!("https://{SERVICE}/v1/{{path}}/{{version}}");
    added(&engine, "versioned", versioned, without()).await;
    for version in ["..", ".", "../../root", "1/../../root", "a/b", "/"] {
        let reference = SecretReference {
            version: Some(version.to_owned()),
            ..reference("versioned", "apps/one")
        };
        let to = destination(&format!("https://{HOST}"));
        let test = engine.test_reference(&editor, &reference, &to);
        assert_eq!(class(&test.await.unwrap()), "wrong_version", "{version}");
    }
    assert_eq!(engine.outbound.count(SERVICE), 0, "it was never asked");
}

#[tokio::test]
async fn nothing_beyond_the_bounds_is_listed() {
    let engine = TestEngine::start();
    let editor = engine.as_editor();
    let list = r#"{"data": {"keys": ["one", "deeper/"]}}"#;
    engine
        .outbound
        .answer_always("vault.example.com", Answer::json(200, list));
    let draft = super::vault(grantd_model::source::LoginDraft::default());
    added(&engine, "vault", draft, super::with_secret("token")).await;
    let of = super::name("vault");
    for below in [
        "apps/..",
        "apps/../..",
        "..",
        "apps/./x",
        "apps//x",
        "apps/x/../../root",
    ] {
        let listed = engine.browse_source(&editor, &of, below).await;
        let EngineError::Source(error) = listed.unwrap_err() else {
            panic!("{below}: another error");
        };
        assert_eq!(error.class(), "outside", "{below}");
    }
    for below in ["root", "apps2"] {
        let listed = engine.browse_source(&editor, &of, below).await.unwrap();
        assert!(listed.is_empty(), "{below}");
    }
    assert_eq!(
        engine.outbound.count("vault.example.com"),
        0,
        "it was never asked"
    );
    let listed = engine.browse_source(&editor, &of, "apps").await.unwrap();
    assert_eq!(listed.len(), 2);
}
