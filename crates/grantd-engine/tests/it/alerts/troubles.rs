//! What is told of listeners and of secret sources.

use std::time::Duration;

use grantd_engine::{CredentialRef, ListenerMemory, ListenerRef, MailProgress};
use grantd_model::health::Failing;
use grantd_model::{
    Actor, ChannelDraft, ListenerId, ListenerPhase, ListenerState, MailKey, MailLetter, PendingMail,
};
use grantd_net::NetError;
use grantd_testkit::fixtures::HOST;
use grantd_testkit::{Answer, TestEngine};

use super::{RECEIVER, added, received, types, wait, webhook};
use crate::listeners::{letter, listener, mailer};
use crate::sources::{SERVICE, credential, reference, service, without};
use crate::{by_id, created, sources};

/// An engine with a channel for these things, whose receiver takes everything.
async fn told_of(object: &str) -> TestEngine {
    let engine = TestEngine::flowing();
    let draft = ChannelDraft {
        objects: vec![object.to_owned()],
        ..webhook()
    };
    added(&engine, "ops", &draft).await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    engine
}

/// The same with a listener, and what it remembers.
async fn listening() -> (TestEngine, ListenerId, ListenerMemory) {
    let engine = told_of("listener").await;
    mailer(&engine).await;
    let admin = engine.as_admin();
    let one = engine
        .create_listener(&admin, None, &listener("one"))
        .await
        .unwrap();
    let memory = engine.listener_memory(&Actor::System).unwrap();
    (engine, one.id, memory)
}

/// A listener that follows its folder, and has just looked.
fn following(engine: &TestEngine) -> ListenerState {
    ListenerState {
        phase: ListenerPhase::Following,
        began_at: Some(engine.now()),
        looked_at: Some(engine.now()),
        ..ListenerState::default()
    }
}

fn state(state: &ListenerState) -> MailProgress {
    MailProgress {
        state: Some(state.clone()),
        ..MailProgress::default()
    }
}

#[tokio::test(start_paused = true)]
async fn mail_that_waits_is_told_by_the_clock_and_its_end_when_none_waits() {
    let (engine, one, memory) = listening().await;
    let begun = following(&engine);
    let waits = MailProgress {
        pending: vec![PendingMail {
            item: "AAA".to_owned(),
            lasting_id: None,
            message_id: None,
            received_at: Some(engine.now()),
        }],
        ..state(&begun)
    };
    memory.keep(one, waits).await.unwrap();
    wait(14 * 60).await;
    assert!(received(&engine).is_empty());
    wait(75).await;
    assert_eq!(types(&engine, "ops").await, ["listener.lagging"]);
    let told = received(&engine).remove(0).data;
    assert_eq!(
        told.summary,
        "email listener one lags: mail waits 15 minutes"
    );
    assert!((900..920).contains(&told.lag_s.unwrap()), "{told:?}");
    // one that comes in time helps the older one nothing
    let newer = ListenerState {
        delivered_at: Some(engine.now()),
        looked_at: Some(engine.now()),
        lag: Some(Duration::ZERO),
        ..begun
    };
    memory.keep(one, state(&newer)).await.unwrap();
    wait(3 * 3600).await;
    assert_eq!(types(&engine, "ops").await, ["listener.lagging"]);
    let done = MailProgress {
        pending_done: vec!["AAA".to_owned()],
        ..MailProgress::default()
    };
    memory.keep(one, done).await.unwrap();
    wait(15).await;
    let told = types(&engine, "ops").await;
    assert_eq!(told, ["listener.lagging", "listener.caught_up"]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_fails_is_told_when_it_lasts_and_not_while_it_is_paused() {
    let (engine, one, memory) = listening().await;
    let works = following(&engine);
    let now = engine.now();
    let fails = ListenerState {
        failing: Some(Failing {
            since: now,
            last_at: now,
            times: 1,
            class: "unreachable".to_owned(),
            detail: "nobody is there".to_owned(),
            remedy: None,
        }),
        ..works.clone()
    };
    memory.keep(one, state(&fails)).await.unwrap();
    wait(9 * 60).await;
    assert!(received(&engine).is_empty());
    wait(75).await;
    assert_eq!(types(&engine, "ops").await, ["listener.failing"]);
    let data = received(&engine).remove(0).data;
    assert_eq!(data.summary, "email listener one is failing (unreachable)");
    memory.keep(one, state(&works)).await.unwrap();
    wait(15).await;
    let told = types(&engine, "ops").await;
    assert_eq!(told, ["listener.failing", "listener.recovered"]);
    // nobody waits for one that is paused
    memory.keep(one, state(&fails)).await.unwrap();
    let (admin, wanted) = (engine.as_admin(), ListenerRef::Id(one));
    engine.pause_listener(&admin, &wanted, true).await.unwrap();
    wait(3 * 3600).await;
    assert_eq!(types(&engine, "ops").await.len(), 2);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn mails_that_were_given_up_are_told_with_their_number_once_an_hour() {
    let (engine, one, memory) = listening().await;
    let given_up = |key: char| MailProgress {
        letters: vec![MailLetter {
            key: MailKey::new(key.to_string().repeat(32)).unwrap(),
            ..letter(one)
        }],
        ..state(&following(&engine))
    };
    memory.keep(one, given_up('a')).await.unwrap();
    wait(15).await;
    memory.keep(one, given_up('b')).await.unwrap();
    memory.keep(one, given_up('c')).await.unwrap();
    wait(3500).await;
    assert_eq!(types(&engine, "ops").await, ["listener.gave_up"]);
    wait(3600).await;
    let told = received(&engine);
    let told: Vec<&str> = told.iter().map(|it| it.data.summary.as_str()).collect();
    assert_eq!(
        told,
        [
            "email listener one has given up 1 mail",
            "email listener one has given up 3 mails",
        ]
    );
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_can_not_be_asked_is_told_when_it_lasts_and_its_end() {
    let engine = told_of("source").await;
    sources::added(&engine, "service", service(), without()).await;
    let draft = credential("c", reference("service", "apps/one"));
    let wanted: CredentialRef = by_id(&created(&engine, draft).await);
    let nobody = NetError::NameNotFound {
        host: SERVICE.to_owned(),
    };
    engine
        .outbound
        .answer_always(SERVICE, Answer::failure(nobody));
    let admin = engine.as_admin();
    engine.fetch_token(&admin, &wanted).await.unwrap_err();
    wait(9 * 60).await;
    assert!(received(&engine).is_empty());
    wait(75).await;
    assert_eq!(types(&engine, "ops").await, ["source.failing"]);
    let data = received(&engine).remove(0).data;
    let object = data.object.unwrap();
    assert_eq!((object.slug.as_str(), object.id), ("service", None));
    assert!(data.class.is_some() && data.remedy.is_some());
    engine
        .outbound
        .answer_always(SERVICE, Answer::json(200, "secret"));
    engine.outbound.answer(HOST, Answer::token("t"));
    engine.renew_token(&admin, &wanted).await.unwrap();
    wait(15).await;
    let told = types(&engine, "ops").await;
    assert_eq!(told, ["source.failing", "source.recovered"]);
    engine.end().await;
}
