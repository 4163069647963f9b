//! Adding, changing and deleting sources, with what they sign in with.

use grantd_engine::{EngineError, SourceSecretInput};
use grantd_model::secret_reference::SourceName;
use grantd_model::source::LoginDraft;
use grantd_model::{Revision, SecretInput, Source, SourceDraft};
use grantd_testkit::{Answer, TestEngine};

use super::{
    SERVICE, added, credential, elsewhere, kept, name, reference, service, service_with_header,
    vault, with_secret, without,
};
use crate::{created, fields};

async fn creating(
    engine: &TestEngine,
    of: SourceName,
    draft: SourceDraft,
    input: SourceSecretInput,
) -> Result<Source, EngineError> {
    let admin = engine.as_admin();
    engine.create_source(&admin, of, &draft, input).await
}

async fn updating(
    engine: &TestEngine,
    of: &SourceName,
    revision: Revision,
    draft: SourceDraft,
    input: SourceSecretInput,
) -> Result<Source, EngineError> {
    let admin = engine.as_admin();
    let updated = engine.update_source(&admin, of, revision, &draft, input);
    updated.await
}

fn https(change: impl FnOnce(&mut grantd_model::source::HttpsDraft)) -> SourceDraft {
    let mut draft = service_with_header();
    change(draft.https.as_mut().unwrap());
    draft
}

#[tokio::test]
async fn a_secret_is_expected_again_where_it_would_go_elsewhere() {
    let engine = TestEngine::start();
    let secret = "canary-own-secret-of-the-source";
    let before = added(
        &engine,
        "service",
        service_with_header(),
        with_secret(secret),
    )
    .await;
    let moved = [
        https(|it| it.url = "https://evil.example.com/{path}".to_owned()),
        https(|it| it.url = format!("https://{SERVICE}:8443/{{path}}")),
        https(|it| it.header = Some("x-other".to_owned())),
        https(|it| it.ca_bundle = Some(grantd_testkit::fixtures::ca_bundle("x"))),
        vault(LoginDraft::default()),
    ];
    for draft in moved {
        let update = updating(
            &engine,
            &before.name,
            before.revision,
            draft.clone(),
            kept(),
        );
        let error = update.await.unwrap_err();
        assert_eq!(
            fields(&error),
            [("/secret".to_owned(), "secret_required_again")],
            "{draft:?}"
        );
    }
    let same = https(|it| it.url = format!("https://{SERVICE}/v2/{{path}}"));
    let update = updating(&engine, &before.name, before.revision, same.clone(), kept());
    let after = update.await.unwrap();
    assert_eq!(after.secret, before.secret);
    assert_eq!(after.revision, Revision(2));
    let other = updating(
        &engine,
        &before.name,
        after.revision,
        same,
        with_secret("b"),
    );
    let entry = other.await.unwrap().secret.unwrap();
    assert_eq!(entry.version, 2);
    let log = format!("{:?}", engine.audit_log().await);
    assert!(
        !log.contains("canary") && log.contains("version 1"),
        "{log}"
    );
    assert!(!format!("{before:?}").contains("canary"));
}

#[tokio::test]
async fn a_source_that_needs_itself_is_refused_with_the_way() {
    let engine = TestEngine::start();
    let serves_all = || SourceDraft {
        origins: vec!["*".to_owned()],
        ..service_with_header()
    };
    added(&engine, "a", serves_all(), with_secret("x")).await;
    added(&engine, "b", serves_all(), elsewhere("a", "apps/b")).await;
    added(&engine, "c", serves_all(), elsewhere("b", "apps/c")).await;
    let first = Revision::FIRST;
    for (of, through, way) in [
        ("a", "c", "a needs c needs b needs a"),
        ("a", "a", "a needs a"),
    ] {
        let input = elsewhere(through, "apps/a");
        let update = updating(&engine, &name(of), first, serves_all(), input).await;
        let error = update.unwrap_err();
        assert_eq!(fields(&error), [("/secret_reference".to_owned(), "cycle")]);
        assert!(error.to_string().contains(way), "{error}");
    }
    // one that is about to be, in itself
    let input = elsewhere("new", "apps/a");
    let create = creating(&engine, name("new"), serves_all(), input);
    let error = create.await.unwrap_err();
    assert_eq!(fields(&error), [("/secret_reference".to_owned(), "cycle")]);
}

#[tokio::test]
async fn what_signs_in_elsewhere_is_read_there_within_its_bounds() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let first = SourceDraft {
        origins: vec!["https://second.example.com".to_owned()],
        ..service()
    };
    added(&engine, "first", first, without()).await;
    let second = https(|it| {
        it.url = "https://second.example.com/{path}".to_owned();
        it.header_prefix = "Bearer ".to_owned();
    });
    let refused = elsewhere("first", "other/login");
    let create = creating(&engine, name("second"), second.clone(), refused);
    let error = create.await.unwrap_err();
    assert_eq!(
        fields(&error),
        [("/secret_reference".to_owned(), "invalid_reference")]
    );
    added(&engine, "second", second, elsewhere("first", "apps/login")).await;
    let of = engine.source(&admin, &name("first")).await.unwrap();
    assert_eq!(of.needed_by, [name("second")]);
    engine
        .outbound
        .answer_always(SERVICE, Answer::json(200, "own-token"));
    engine
        .outbound
        .answer_always("second.example.com", Answer::json(200, "client-secret"));
    let test = engine
        .test_reference(
            &admin,
            &reference("second", "apps/one"),
            &super::bounds::destination("https://login.example.com"),
        )
        .await
        .unwrap();
    assert!(test.outcome.unwrap().is_some());
    let sent = engine.outbound.sent();
    assert_eq!(sent[1].header("authorization"), Some("Bearer own-token"));
}

#[tokio::test]
async fn one_that_is_needed_stays() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let serves_all = SourceDraft {
        origins: vec!["*".to_owned()],
        ..service()
    };
    let source = added(&engine, "service", serves_all, without()).await;
    let of = || reference("service", "apps/one");
    let made = created(&engine, credential("by secret", of())).await;
    added(
        &engine,
        "other",
        service_with_header(),
        elsewhere("service", "apps/x"),
    )
    .await;
    let delete = engine.delete_source(&admin, &source.name, source.revision);
    let error = delete.await.unwrap_err();
    assert!(matches!(error, EngineError::InUse(_)), "{error}");
    let told = error.to_string();
    assert!(
        told.contains("`by-secret`") && told.contains("`other`"),
        "{told}"
    );
    let wanted = crate::by_id(&made);
    let deleted = engine.delete_credential(&admin, &wanted, made.revision);
    deleted.await.unwrap();
    let other = name("other");
    let deleted = engine.delete_source(&admin, &other, Revision::FIRST);
    deleted.await.unwrap();
    let deleted = engine.delete_source(&admin, &source.name, source.revision);
    deleted.await.unwrap();
    assert!(engine.list_sources(&admin).unwrap().is_empty());
    let create = engine.create_credential(&admin, credential("late", of()));
    let error = create.await.unwrap_err();
    assert!(
        error.to_string().contains("there is no secret source"),
        "{error}"
    );
}

#[tokio::test]
async fn values_that_are_wrong_are_each_named_at_their_place() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let broken = SourceDraft {
        paths: vec!["/apps".to_owned(), "a*b".to_owned()],
        origins: vec!["https://login.example.com/path".to_owned()],
        fresh_s: 0,
        reads_per_second: 0,
        ..https(|it| it.url = "http://secrets.example.com/{path}".to_owned())
    };
    let create = creating(&engine, name("x"), broken, with_secret("s"));
    let named: Vec<String> = fields(&create.await.unwrap_err())
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    assert_eq!(
        named,
        [
            "/https/url",
            "/paths/0",
            "/paths/1",
            "/origins",
            "/fresh_s",
            "/reads_per_second"
        ]
    );
    for (draft, input, place, code) in [
        (service_with_header(), without(), "/secret", "required"),
        (service(), with_secret("x"), "/secret", "unexpected"),
        (service_with_header(), kept(), "/secret", "required"),
        (
            service_with_header(),
            with_secret(" "),
            "/secret",
            "required",
        ),
        (
            https(|it| it.url = "https://{path}.example.com/".to_owned()),
            with_secret("x"),
            "/https/url",
            "invalid_template",
        ),
        (
            https(|it| it.ca_bundle = Some("none".to_owned())),
            with_secret("x"),
            "/https/ca_bundle",
            "invalid_ca_bundle",
        ),
        (
            vault(LoginDraft {
                role_id: Some("r".to_owned()),
                ..LoginDraft::default()
            }),
            with_secret("x"),
            "/vault/login/role_id",
            "unexpected",
        ),
        (
            vault(LoginDraft {
                method: "approle".to_owned(),
                ..LoginDraft::default()
            }),
            with_secret("x"),
            "/vault/login/role_id",
            "required",
        ),
    ] {
        let create = creating(&engine, name("x"), draft.clone(), input);
        let error = create.await.unwrap_err();
        assert_eq!(fields(&error), [(place.to_owned(), code)], "{draft:?}");
    }
    let mut wrapped = with_secret("x");
    wrapped.is_wrapped = true;
    let create = creating(&engine, name("x"), service_with_header(), wrapped);
    let error = create.await.unwrap_err();
    assert_eq!(fields(&error)[0].0, "/secret_is_wrapped");
    let taken = added(&engine, "x", service(), without()).await;
    let create = creating(&engine, taken.name, service(), without());
    assert_eq!(
        fields(&create.await.unwrap_err()),
        [("/name".to_owned(), "taken")]
    );
    let (of, draft) = (name("y"), service());
    let without_path = engine.test_source(&admin, &of, &draft, kept_but_none(), None);
    assert_eq!(
        fields(&without_path.await.unwrap_err()),
        [("/reference/path".to_owned(), "required")]
    );
    engine.outbound.answer(SERVICE, Answer::json(200, "s"));
    let wanted = Some(reference("y", "apps/one"));
    let unknown: Result<_, EngineError> = engine
        .test_source(&admin, &name("y"), &service(), kept_but_none(), wanted)
        .await;
    unknown.unwrap();
}

/// What an interface sends that does not know whether there is one.
fn kept_but_none() -> SourceSecretInput {
    SourceSecretInput {
        secret: Some(SecretInput::Keep),
        is_wrapped: false,
    }
}
