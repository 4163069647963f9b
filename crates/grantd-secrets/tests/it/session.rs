//! How often grantd signs in to a vault: once for all, and not over and over where that does not help.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::source::{LoginDraft, SourceKind, VaultDraft};
use grantd_model::{Clock, Secret, SecretReference, SourceDraft};
use grantd_net::Outbound;
use grantd_secrets::{Freshness, OwnSecret, SecretSource, SourceError, Vault};
use grantd_testkit::{Answer, FakeOutbound, TestClock};

use crate::reference;

/// A vault whose tokens may not ask about themselves, as one without the policy `default`.
#[derive(Default)]
struct Strict {
    logins: AtomicUsize,
    refuses: AtomicBool,
    is_lenient: AtomicBool,
    renewals: AtomicUsize,
}

impl Strict {
    fn answer(&self, url: &str) -> Answer {
        if url.ends_with("/auth/approle/login") {
            self.logins.fetch_add(1, Ordering::Relaxed);
            if self.refuses.load(Ordering::Relaxed) {
                return Answer::json(400, r#"{"errors": ["invalid role or secret ID"]}"#);
            }
            let auth =
                r#"{"auth": {"client_token": "t", "lease_duration": 3600, "renewable": false}}"#;
            return Answer::json(200, auth);
        }
        if url.ends_with("/lookup-self") && self.is_lenient.load(Ordering::Relaxed) {
            return Answer::json(200, r#"{"data": {"ttl": 40, "renewable": true}}"#);
        }
        if url.ends_with("/renew-self") {
            self.renewals.fetch_add(1, Ordering::Relaxed);
            let auth =
                r#"{"auth": {"client_token": "t", "lease_duration": 40, "renewable": true}}"#;
            return Answer::json(200, auth);
        }
        if url.ends_with("/good") {
            let read = r#"{"data": {"data": {"secret": "s"}, "metadata": {"version": 1}}}"#;
            return Answer::json(200, read);
        }
        Answer::json(403, r#"{"errors": ["permission denied"]}"#)
    }
}

struct SecretId;

#[async_trait]
impl OwnSecret for SecretId {
    async fn secret(&self, _: Freshness) -> Result<Secret<String>, SourceError> {
        Ok(Secret::from("canary-secret-id"))
    }
}

struct Stage {
    strict: Arc<Strict>,
    clock: Arc<TestClock>,
    vault: Vault,
}

impl Stage {
    fn new() -> Self {
        Self::with(LoginDraft {
            method: "approle".to_owned(),
            role_id: Some("r".to_owned()),
            ..LoginDraft::default()
        })
    }

    fn with(login: LoginDraft) -> Self {
        let (strict, outbound) = (Arc::<Strict>::default(), Arc::<FakeOutbound>::default());
        let there = Arc::clone(&strict);
        outbound.answer_by("vault.example.com", move |_, sent| there.answer(sent.url()));
        let draft = SourceDraft {
            vault: Some(VaultDraft {
                address: "https://vault.example.com:8200".to_owned(),
                login,
                ..VaultDraft::default()
            }),
            paths: vec!["*".to_owned()],
            origins: vec!["*".to_owned()],
            ..SourceDraft::default()
        };
        let SourceKind::Vault(settings) = draft.parse().unwrap().kind else {
            unreachable!("it is a vault");
        };
        let clock = Arc::new(TestClock::default());
        let shared: Arc<dyn Clock> = clock.clone();
        let outbound: Arc<dyn Outbound> = outbound;
        Self {
            strict,
            clock,
            vault: Vault::new(settings, Arc::new(SecretId), outbound, shared),
        }
    }

    async fn class(&self, path: &str) -> &'static str {
        let reference = SecretReference {
            key: Some("/secret".to_owned()),
            ..reference("vault", path)
        };
        match self.vault.read(&reference).await {
            Ok(_) => "ok",
            Err(error) => error.class(),
        }
    }

    fn logins(&self) -> usize {
        self.strict.logins.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_denied_path_does_not_use_up_secret_ids() {
    let stage = Stage::new();
    assert_eq!(stage.class("good").await, "ok");
    assert_eq!(stage.logins(), 1);
    for _ in 0..10 {
        assert_eq!(stage.class("denied").await, "denied");
        stage.clock.advance(Duration::from_secs(5));
    }
    assert_eq!(stage.class("good").await, "ok");
    assert_eq!(
        stage.logins(),
        2,
        "one more, to see whether the token was it"
    );
    stage.clock.advance(Duration::from_mins(1));
    assert_eq!(stage.class("denied").await, "denied");
    assert_eq!(stage.logins(), 3);
}

#[tokio::test]
async fn a_refused_secret_id_is_tried_once_for_all_who_wait() {
    let stage = Stage::new();
    stage.strict.refuses.store(true, Ordering::Relaxed);
    let all = tokio::join!(
        stage.class("good"),
        stage.class("good"),
        stage.class("good"),
        stage.class("good"),
    );
    assert_eq!(
        all,
        (
            "login_refused",
            "login_refused",
            "login_refused",
            "login_refused"
        )
    );
    assert_eq!(stage.logins(), 1, "the same secret id is not tried twice");
    stage.clock.advance(Duration::from_secs(3));
    stage.strict.refuses.store(false, Ordering::Relaxed);
    assert_eq!(stage.class("good").await, "ok");
}

#[tokio::test]
async fn a_token_that_nobody_uses_is_kept_alive() {
    let stage = Stage::with(LoginDraft::default());
    stage.strict.is_lenient.store(true, Ordering::Relaxed);
    for _ in 0..60 {
        stage.vault.keep_alive().await;
        stage.clock.advance(Duration::from_secs(2));
    }
    let renewals = stage.strict.renewals.load(Ordering::Relaxed);
    assert!(
        (4..=5).contains(&renewals),
        "at two thirds of 40 s, for 120 s: {renewals}"
    );
    assert_eq!(stage.class("good").await, "ok");
}
