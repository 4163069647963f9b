//! Alerts: channels and their secrets, what is told when, and how it gets there.

mod changes;
mod delivered;
mod idle;
mod told;
mod troubles;

use std::time::Duration;

use grantd_engine::{ChangedChannel, ChannelSecretInput, CredentialRef, EngineError};
use grantd_model::alert::{EmailDraft, WebhookDraft};
use grantd_model::{
    Actor, AlertChannel, AlertDelivery, AlertId, AlertMessage, ChannelDraft, Credential, Revision,
    Slug,
};
use grantd_testkit::fixtures::HOST;
use grantd_testkit::{Answer, TestEngine};

/// Where the webhooks of the tests go.
pub(crate) const RECEIVER: &str = "alerts.example.com";

pub(crate) fn name(text: &str) -> Slug {
    Slug::try_from(text).unwrap()
}

/// A webhook that is told of everything.
pub(crate) fn webhook() -> ChannelDraft {
    ChannelDraft {
        webhook: Some(WebhookDraft {
            url: format!("https://{RECEIVER}/in?key=canary-of-the-query"),
        }),
        ..ChannelDraft::default()
    }
}

/// The incoming webhook of a chat.
fn chat(form: &str) -> ChannelDraft {
    ChannelDraft {
        kind: "chat".to_owned(),
        chat: Some(grantd_model::alert::ChatDraft {
            form: form.to_owned(),
            origin: None,
        }),
        ..ChannelDraft::default()
    }
}

/// A mail that a user sends.
fn mail() -> ChannelDraft {
    ChannelDraft {
        kind: "email".to_owned(),
        email: Some(EmailDraft {
            host: "mail.example.com".to_owned(),
            username: Some("grantd".to_owned()),
            from: "grantd@example.com".to_owned(),
            to: vec!["ops@example.com".to_owned()],
            ..EmailDraft::default()
        }),
        ..ChannelDraft::default()
    }
}

fn given(secret: &str) -> ChannelSecretInput {
    ChannelSecretInput::Given(secret.into())
}

/// Adds it as an admin.
async fn create(
    engine: &TestEngine,
    of: &str,
    draft: &ChannelDraft,
    input: ChannelSecretInput,
) -> Result<ChangedChannel, EngineError> {
    let admin = engine.as_admin();
    engine.create_channel(&admin, name(of), draft, input).await
}

/// Changes it as an admin.
async fn update(
    engine: &TestEngine,
    (of, revision): (&str, u64),
    draft: &ChannelDraft,
    input: ChannelSecretInput,
) -> Result<ChangedChannel, EngineError> {
    let (admin, of) = (engine.as_admin(), name(of));
    engine
        .update_channel(&admin, &of, Revision(revision), draft, input)
        .await
}

pub(crate) async fn added(engine: &TestEngine, of: &str, draft: &ChannelDraft) -> AlertChannel {
    let added = create(engine, of, draft, ChannelSecretInput::Keep).await;
    added.unwrap().channel
}

/// What went to a channel or is on its way, the oldest first.
async fn deliveries(engine: &TestEngine, of: &str) -> Vec<AlertDelivery> {
    let listed = engine.alert_deliveries(&Actor::System, &name(of)).await;
    let mut listed = listed.unwrap();
    listed.reverse();
    listed
}

/// The types of what was written for a channel.
async fn types(engine: &TestEngine, of: &str) -> Vec<&'static str> {
    let all = deliveries(engine, of).await;
    all.iter().map(|it| it.message.kind.name()).collect()
}

/// The messages that the receiver got.
fn received(engine: &TestEngine) -> Vec<AlertMessage> {
    let sent = engine.outbound.sent().into_iter();
    let ours = sent.filter(|it| it.0.url.host_str() == Some(RECEIVER));
    ours.map(|it| serde_json::from_str(it.body()).unwrap())
        .collect()
}

/// Lets time go by.
async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Lets hours go by, in which it is looked now and then.
async fn pass(engine: &TestEngine, hours: u64) {
    for _ in 0..hours {
        engine.clock.advance(Duration::from_secs(3560));
        wait(40).await;
    }
}

/// A token is asked for and not given.
async fn fail(engine: &TestEngine, credential: &Credential, answer: Answer) {
    engine.outbound.answer(HOST, answer);
    let wanted = CredentialRef::Id(credential.id);
    let admin = engine.as_admin();
    engine.renew_token(&admin, &wanted).await.unwrap_err();
}

/// A token is asked for and given.
async fn succeed(engine: &TestEngine, credential: &Credential) {
    engine.outbound.answer(HOST, Answer::token("t"));
    let wanted = CredentialRef::Id(credential.id);
    let admin = engine.as_admin();
    engine.renew_token(&admin, &wanted).await.unwrap();
}

/// The client is not known: that passes by nobody's doing.
fn refused() -> Answer {
    Answer::json(401, r#"{"error": "invalid_client"}"#)
}

/// A test message that a channel was sent.
pub(crate) async fn tested(engine: &TestEngine, of: &Slug) -> AlertId {
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    let admin = engine.as_admin();
    engine.test_channel(&admin, of).await.unwrap();
    deliveries(engine, of.as_str()).await[0].id
}

/// Calls a method about channels, of an engine with a channel `kept`.
pub(crate) async fn call(
    engine: &TestEngine,
    method: &str,
    actor: &Actor,
) -> Result<(), EngineError> {
    added(engine, "kept", &webhook()).await;
    let of = name("kept");
    let first = Revision::FIRST;
    let keep = ChannelSecretInput::Keep;
    match method {
        "channels" => engine.channels(actor).await.map(drop),
        "channel" => engine.channel(actor, &of).await.map(drop),
        "alert_deliveries" => engine.alert_deliveries(actor, &of).await.map(drop),
        "create_channel" => {
            let draft = webhook();
            let created = engine.create_channel(actor, name("new"), &draft, keep);
            created.await.map(drop)
        }
        "update_channel" => {
            let draft = ChannelDraft {
                description: "changed".to_owned(),
                ..webhook()
            };
            let updated = engine.update_channel(actor, &of, first, &draft, keep);
            updated.await.map(drop)
        }
        "replay_alert" => {
            let alert = tested(engine, &of).await;
            engine.replay_alert(actor, &of, alert).await
        }
        "delete_channel" => engine.delete_channel(actor, &of, first).await,
        "test_channel" => {
            engine
                .outbound
                .answer_always(RECEIVER, Answer::json(200, "ok"));
            engine.test_channel(actor, &of).await.map(drop)
        }
        _ => panic!("{method} is not called"),
    }
}
