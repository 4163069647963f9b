//! The API over an engine that keeps everything in memory and reaches nobody.
//!
//! Dropped, it fails the test if something was sent that no answer was scripted for, or if a secret
//! stands in the logs or in the audit log. Every answer is held against the OpenAPI document.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::Router;
use grantd_engine::KeyDraft;
use grantd_model::{Action, Actor, Grant, Role};
use grantd_secrets::Sources;
use grantd_server::{Server, ServerSettings};
use grantd_store::Store;
use grantd_testkit::{Answer as Given, FakeOutbound, MemoryStore, TestEngine, fixtures};
use serde_json::Value;

use super::call::{As, Caller};
use super::canaries::Canaries;
use super::document::Document;
use super::logs::Logs;
use super::{Answer, drafts};

/// The access token of every scripted answer that has one.
pub(crate) const TOKEN: &str = "canary-access-token-Vb2";

/// A running API.
pub(crate) struct TestApp {
    pub(crate) engine: TestEngine,
    pub(super) router: Router,
    pub(super) document: Document,
    pub(super) canaries: RefCell<Canaries>,
    keys: Keys,
    logs: Logs,
}

struct Keys {
    admin: String,
    editor: String,
    viewer: String,
    workload: String,
}

impl TestApp {
    /// Over an empty store, without secret sources.
    pub(crate) async fn start() -> Self {
        Self::with(Arc::new(MemoryStore::default()), Sources::default()).await
    }

    /// Over this store, with these secret sources.
    pub(crate) async fn with(store: Arc<dyn Store>, sources: Sources) -> Self {
        let logs = Logs::capture();
        let engine = TestEngine::with(store, sources);
        let keys = Keys {
            admin: key(&engine, "admin", Role::Admin.grants()).await,
            editor: key(&engine, "editor", Role::Editor.grants()).await,
            viewer: key(&engine, "viewer", Role::Viewer.grants()).await,
            workload: key(&engine, "workload", vec![Grant::everywhere(Action::Token)]).await,
        };
        let mut canaries = Canaries::default();
        for (what, value) in [
            ("client secret", fixtures::CLIENT_SECRET),
            ("documented client secret", fixtures::DOCUMENTED_SECRET),
            ("second client secret", drafts::SECOND_SECRET),
            ("secret parameter", fixtures::PARAMETER_SECRET),
            ("secret header", fixtures::HEADER_SECRET),
            ("access token", TOKEN),
            ("admin's key", &keys.admin),
            ("editor's key", &keys.editor),
            ("viewer's key", &keys.viewer),
            ("workload's key", &keys.workload),
        ] {
            canaries.watch(what, value);
        }
        Self {
            router: Server::new(grantd_engine::Engine::clone(&engine), settings()).into_router(),
            document: Document::read(),
            canaries: RefCell::new(canaries),
            engine,
            keys,
            logs,
        }
    }

    /// With the key of someone who may do everything.
    pub(crate) fn as_admin(&self) -> Caller<'_> {
        self.with_key(&self.keys.admin)
    }

    /// The key of someone who may do everything.
    pub(crate) fn admin_key(&self) -> &str {
        &self.keys.admin
    }

    /// With the key of someone who makes and changes credentials.
    pub(crate) fn as_editor(&self) -> Caller<'_> {
        self.with_key(&self.keys.editor)
    }

    /// With the key of someone who sees.
    pub(crate) fn as_viewer(&self) -> Caller<'_> {
        self.with_key(&self.keys.viewer)
    }

    /// With the key of a program that gets tokens of everything, and nothing else.
    pub(crate) fn as_workload(&self) -> Caller<'_> {
        self.with_key(&self.keys.workload)
    }

    /// With this key.
    pub(crate) fn with_key(&self, key: &str) -> Caller<'_> {
        Caller::new(self, As::Key(key.to_owned()))
    }

    /// Without a key.
    pub(crate) fn anonymous(&self) -> Caller<'_> {
        Caller::new(self, As::Nobody)
    }

    /// The same, with these settings of the server changed.
    pub(crate) fn served(mut self, change: impl FnOnce(&mut ServerSettings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let server = Server::new(grantd_engine::Engine::clone(&self.engine), settings);
        self.router = server.into_router();
        self
    }

    /// Fails the test if this value turns up anywhere from here on.
    pub(crate) fn watch(&self, what: &str, value: &str) {
        self.canaries.borrow_mut().watch(what, value);
    }

    /// Fails the test if a secret stands in the text.
    pub(crate) fn assert_no_secret(&self, place: &str, text: &str) {
        self.canaries.borrow().assert_absent(place, text);
    }

    /// The way out, to script answers and to see what was sent.
    pub(crate) fn outbound(&self) -> &FakeOutbound {
        &self.engine.outbound
    }

    /// Scripts one answer of the token endpoint of every draft here.
    pub(crate) fn answers(&self, answer: Given) {
        self.outbound().answer(fixtures::HOST, answer);
    }

    /// Adds a credential as the admin.
    pub(crate) async fn add(&self, draft: &Value) -> Answer {
        let answer = self.as_admin().post("/v1/credentials").json(draft).await;
        answer.expect(201)
    }

    /// A key with these grants, its text watched.
    pub(crate) async fn key_with(&self, grants: Vec<Grant>) -> String {
        let key = key(&self.engine, "special", grants).await;
        self.watch("a special key", &key);
        key
    }

    /// What was logged so far.
    pub(crate) fn logs(&self) -> String {
        self.logs.text()
    }

    fn check(&self) {
        let canaries = self.canaries.borrow();
        canaries.assert_absent("the logs", &self.logs.text());
        // the header of Basic holds the secret in base64, the body has it percent-encoded
        let mut encoded = Canaries::default();
        for sent in self.outbound().sent() {
            encoded.watch(
                "Authorization as sent",
                sent.header("authorization").unwrap_or_default(),
            );
            encoded.watch("body as sent", sent.body());
        }
        encoded.assert_absent("the logs", &self.logs.text());
        let entries =
            at_once(self.engine.audit_log()).expect("the store in memory answers at once");
        canaries.assert_absent("the audit log", &format!("{entries:?}"));
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

fn settings() -> ServerSettings {
    ServerSettings {
        allowed_hosts: vec!["localhost".to_owned(), "grantd.example.com".to_owned()],
        ..ServerSettings::default()
    }
}

pub(super) async fn key(engine: &TestEngine, name: &str, grants: Vec<Grant>) -> String {
    let draft = KeyDraft {
        name: name.try_into().unwrap(),
        grants,
        expires_at: None,
    };
    let made = engine.create_key(&Actor::System, draft).await.unwrap();
    made.text.expose().clone()
}

/// The value of a future that never waits, as those of the store in memory do not.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
