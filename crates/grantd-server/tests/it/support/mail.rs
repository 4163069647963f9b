//! Listeners and what they remember.

use std::time::Duration;

use grantd_engine::{ListenerMemory, MailProgress};
use grantd_model::mail::{ListenerState, MailDelivery, MailKey, MailLetter};
use grantd_model::{Actor, ListenerId, Timestamp};
use serde_json::{Value, json};

use super::{TestApp, drafts};

/// The key of the mail that was delivered.
pub(crate) const DELIVERED: &str = "0123456789abcdefghijklmnopqrstuv";

/// The key of the mail that was given up.
pub(crate) const GIVEN_UP: &str = "vutsrqponmlkjihgfedcba9876543210";

/// A listener on a mailbox of the credential `mailer`.
pub(crate) fn listener(name: &str) -> Value {
    json!({
        "name": name, "credential": "mailer", "mailbox": "orders@example.com",
        "endpoint": "https://mail.example.com/EWS/Exchange.asmx",
        "delivery": {"spool": "orders"},
    })
}

/// Adds the credential and a listener called so.
pub(crate) async fn with_listener(app: &TestApp, name: &str) -> Value {
    let bounds = json!({
        "allowed_mailboxes": ["orders@example.com"], "bound_hosts": ["mail.example.com"],
    });
    let draft = drafts::with("Mailer", bounds);
    app.as_admin()
        .post("/v1/credentials")
        .json(&draft)
        .await
        .expect(201);
    let added = app.as_editor().post("/v1/listeners").json(&listener(name));
    added.await.expect(201).json()
}

/// Lets it deliver a mail an hour ago, give up another, and work since.
pub(crate) async fn has_worked(app: &TestApp, listener: &Value) {
    let id: ListenerId = listener["id"].as_str().unwrap().parse().unwrap();
    let now = app.engine.now();
    let ago = |seconds: i64| Timestamp::from_seconds(now.as_seconds() - seconds);
    let key = |text: &str| MailKey::new(text).unwrap();
    let progress = MailProgress {
        state: Some(ListenerState {
            looked_at: Some(ago(2)),
            delivered_at: Some(ago(3600)),
            lag: Some(Duration::from_secs(7)),
            ..ListenerState::default()
        }),
        deliveries: vec![MailDelivery {
            listener: id,
            key: key(DELIVERED),
            item: "AAA".to_owned(),
            at: ago(3600),
            received_at: Some(ago(3607)),
            subject: "Order <b>4711</b>".to_owned(),
            sender: "ann@example.org".to_owned(),
            size: 84_000,
            attachments: 1,
            took: Duration::from_millis(30),
            attempt: 3,
        }],
        failed: 2,
        letters: vec![MailLetter {
            listener: id,
            key: key(GIVEN_UP),
            item: "BBB".to_owned(),
            subject: String::new(),
            sender: "scanner@example.com".to_owned(),
            received_at: Some(ago(90)),
            first_at: ago(80),
            last_at: ago(60),
            attempts: 10,
            due_at: None,
            class: "unreadable_at_the_server".to_owned(),
            detail: "ErrorItemCorrupt".to_owned(),
            again: false,
        }],
        ..MailProgress::default()
    };
    let memory: ListenerMemory = app.engine.listener_memory(&Actor::System).unwrap();
    memory.keep(id, progress).await.unwrap();
}
