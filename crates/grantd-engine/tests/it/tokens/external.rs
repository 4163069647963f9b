//! Secrets that are read from a source when they are needed.
#![expect(
    clippy::disallowed_methods,
    reason = "the source of these tests is a folder"
)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use grantd_engine::EngineError;
use grantd_model::source::{PathBound, Served};
use grantd_model::{
    ClientAuthentication, Clock, CredentialDraft, ErrorKind, SecretInput, SecretReference,
};
use grantd_secrets::{SourceConfig, SourceError, Sources};
use grantd_testkit::fixtures::{HOST, ca_bundle, minimal};
use grantd_testkit::{Answer, MemoryStore, TestClock, TestEngine};
use tempfile::TempDir;

use crate::{by_id, cause, created, fields, keeping};

/// An engine with a source `files`, which serves these origins, and none that a credential says
/// how to reach.
pub(crate) fn with_source(origins: &[&str]) -> (TempDir, TestEngine) {
    with_own(origins, false)
}

fn with_own(origins: &[&str], own_ca_and_proxy: bool) -> (TempDir, TestEngine) {
    let folder = tempfile::tempdir().unwrap();
    let config = SourceConfig::File {
        folder: folder.path().to_owned(),
        check_mode: true,
        paths: vec![PathBound::everything()],
        keep_line_end: false,
        origins: Served::try_from(origins.iter().map(ToString::to_string).collect::<Vec<_>>())
            .unwrap(),
        own_ca_and_proxy,
    };
    let declared = BTreeMap::from([("files".try_into().unwrap(), config)]);
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    let sources = Sources::new(declared, &clock).ok().unwrap();
    let engine = TestEngine::with(Arc::new(MemoryStore::default()), sources);
    (folder, engine)
}

pub(crate) fn put(folder: &Path, name: &str, secret: &str) {
    let path = folder.join(name);
    std::fs::write(&path, secret).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub(crate) fn external(path: &str, key: Option<&str>) -> CredentialDraft {
    let mut draft = minimal("a");
    draft.authentication = ClientAuthentication::ClientSecretPost {
        secret: SecretInput::External(SecretReference {
            source: "files".try_into().unwrap(),
            path: path.to_owned(),
            key: key.map(str::to_owned),
            version: None,
        }),
    };
    draft
}

#[tokio::test]
async fn it_is_read_at_each_need() {
    let (folder, engine) = with_source(&["*"]);
    let made = created(&engine, external("sales", None)).await;
    let admin = engine.as_admin();
    let mut keys = Vec::new();
    for secret in ["first", "second"] {
        put(folder.path(), "sales", secret);
        engine.outbound.answer(HOST, Answer::token("t"));
        let issued = engine.fetch_token(&admin, &by_id(&made)).await.unwrap();
        keys.push(issued.token.key.clone());
        engine.clock.advance(Duration::from_hours(2));
    }
    let sent = engine.outbound.sent();
    assert!(sent[0].body().contains("client_secret=first&"));
    assert!(sent[1].body().contains("client_secret=second&"));
    let version = keys[0].secret.as_ref().unwrap();
    assert!(version.external_version.is_some(), "the file's time");
}

#[tokio::test]
async fn a_part_of_a_document_is_taken_by_its_pointer() {
    let (folder, engine) = with_source(&["https://login.example.com"]);
    put(
        folder.path(),
        "all.json",
        r#"{"sales": {"secret": "inner"}}"#,
    );
    let made = created(&engine, external("all.json", Some("/sales/secret"))).await;
    engine.outbound.answer(HOST, Answer::token("t"));
    let issued = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
    issued.unwrap();
    let body = engine.outbound.sent()[0].body().to_owned();
    assert!(body.contains("client_secret=inner&"), "{body}");
}

#[tokio::test]
async fn a_missing_one_is_the_sources_fault_and_nothing_is_sent() {
    let (_folder, engine) = with_source(&["*"]);
    let made = created(&engine, external("missing", None)).await;
    let error = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
    let error = error.unwrap_err();
    assert!(
        matches!(
            cause(&error),
            EngineError::Source(SourceError::NotFound { .. })
        ),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::SecretSourceFailed);
    assert!(engine.outbound.sent().is_empty());
    let log = engine.audit_log().await;
    let causes = log.iter().flat_map(|entry| &entry.detail);
    let cause = ("cause".to_owned(), error.to_string());
    assert_eq!(causes.filter(|detail| **detail == cause).count(), 1);
}

#[tokio::test]
async fn a_source_serves_its_origins_alone() {
    let (folder, engine) = with_source(&["https://elsewhere.example.com"]);
    put(folder.path(), "sales", "secret");
    let admin = engine.as_admin();
    let refused = engine
        .create_credential(&admin, external("sales", None))
        .await;
    let expected = [("/client_secret_reference".to_owned(), "invalid_reference")];
    assert_eq!(fields(&refused.unwrap_err()), expected);
}

#[tokio::test]
async fn an_endpoint_that_was_redirected_by_hand_gets_nothing() {
    let (folder, engine) = with_source(&["https://login.example.com"]);
    put(folder.path(), "sales", "secret");
    let made = created(&engine, external("sales", None)).await;
    let mut redirected = made.clone();
    redirected.settings.token_endpoint = "https://evil.example.net/".try_into().unwrap();
    let mut unit = engine.store.write().await.unwrap();
    let done = unit.credentials().update(&redirected, made.revision).await;
    done.unwrap();
    unit.commit().await.unwrap();
    let error = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
    let error = error.unwrap_err();
    assert!(
        matches!(
            cause(&error),
            EngineError::Source(SourceError::OriginNotServed { .. })
        ),
        "{error}"
    );
    assert!(engine.outbound.sent().is_empty());
}

/// A draft whose reference is right and whose own proxy passes for the origin by an own authority.
fn impersonating() -> CredentialDraft {
    let mut draft = external("sales", None);
    draft.settings.ca_bundle = Some(ca_bundle("Root"));
    draft.settings.egress_proxy = Some(
        "http://proxy.evil.example:3128"
            .to_owned()
            .try_into()
            .unwrap(),
    );
    draft
}

#[tokio::test]
async fn an_origin_that_the_credential_itself_vouches_for_is_not_served() {
    let (folder, engine) = with_source(&["https://login.example.com"]);
    put(folder.path(), "sales", "secret");
    let editor = engine.as_editor();
    let refused = engine.create_credential(&editor, impersonating()).await;
    let expected = [
        ("/ca_bundle".to_owned(), "not_served"),
        ("/egress_proxy".to_owned(), "not_served"),
    ];
    assert_eq!(fields(&refused.unwrap_err()), expected);
    let made = created(&engine, external("sales", None)).await;
    let mut bundle = impersonating();
    bundle.settings.egress_proxy = None;
    let mut proxy = impersonating();
    proxy.settings.ca_bundle = None;
    for (draft, pointer) in [(bundle, "/ca_bundle"), (proxy, "/egress_proxy")] {
        // the reference is given again, which is all that the binding asks for
        let refused = engine
            .update_credential(&editor, &by_id(&made), made.revision, draft)
            .await;
        let expected = [(pointer.to_owned(), "not_served")];
        assert_eq!(fields(&refused.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn one_that_was_saved_while_the_source_allowed_it_gets_nothing_after() {
    let (folder, engine) = with_source(&["https://login.example.com"]);
    put(folder.path(), "sales", "secret");
    let made = created(&engine, external("sales", None)).await;
    let mut changed = made.clone();
    changed.settings.egress_proxy = impersonating().settings.egress_proxy;
    let mut unit = engine.store.write().await.unwrap();
    let done = unit.credentials().update(&changed, made.revision).await;
    done.unwrap();
    unit.commit().await.unwrap();
    let error = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
    let error = error.unwrap_err();
    let cause = cause(&error);
    let expected = matches!(cause, EngineError::Source(SourceError::OwnCaOrProxy { .. }));
    assert!(expected, "{error}");
    assert!(engine.outbound.sent().is_empty());
}

#[tokio::test]
async fn a_next_secret_is_refused_in_the_same_way() {
    let (folder, engine) = with_source(&["https://login.example.com"]);
    put(folder.path(), "sales", "secret");
    let mut own = minimal("a");
    own.settings.egress_proxy = impersonating().settings.egress_proxy;
    let made = created(&engine, own).await;
    let secret = external("sales", None).authentication.into_secret();
    let refused = engine
        .add_secret(&engine.as_editor(), &by_id(&made), made.revision, secret)
        .await;
    let expected = [("/client_secret_reference".to_owned(), "invalid_reference")];
    assert_eq!(fields(&refused.unwrap_err()), expected);
}

#[tokio::test]
async fn a_source_that_is_declared_to_serves_own_authorities_and_proxies() {
    let (folder, engine) = with_own(&["https://login.example.com"], true);
    put(folder.path(), "sales", "secret");
    let made = created(&engine, impersonating()).await;
    engine.outbound.answer(HOST, Answer::token("t"));
    let issued = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
    issued.unwrap();
    assert_eq!(engine.outbound.sent().len(), 1);
}

#[tokio::test]
async fn the_same_reference_again_is_no_change_and_another_one_is() {
    let (_folder, engine) = with_source(&["*"]);
    let made = created(&engine, external("sales", None)).await;
    let admin = engine.as_admin();
    let wanted = by_id(&made);
    let same = external("sales", None);
    let same = engine
        .update_credential(&admin, &wanted, made.revision, same)
        .await;
    assert_eq!(same.unwrap(), made);
    let other = external("sales", Some("/secret"));
    let other = engine
        .update_credential(&admin, &wanted, made.revision, other)
        .await;
    let other = other.unwrap();
    assert_eq!(other.authentication.secret().current.version, 2);
    assert_eq!(other.token_generation, made.token_generation + 1);
}

#[tokio::test]
async fn a_kept_reference_is_bound_like_a_secret() {
    let (_folder, engine) = with_source(&["*"]);
    let made = created(&engine, external("sales", None)).await;
    let mut draft = keeping(external("sales", None));
    draft.settings.token_endpoint = "https://other.example.com/".try_into().unwrap();
    let admin = engine.as_admin();
    let refused = engine
        .update_credential(&admin, &by_id(&made), made.revision, draft)
        .await;
    let expected = [(
        "/client_secret_reference".to_owned(),
        "secret_required_again",
    )];
    assert_eq!(fields(&refused.unwrap_err()), expected);
}
