//! What was read is kept a while, is served when the source is down, and takes tokens along when it changes.

use std::time::Duration;

use grantd_engine::EngineError;
use grantd_model::{Revision, SourceDraft};
use grantd_testkit::fixtures::HOST;
use grantd_testkit::{Answer, Gate, TestEngine};

use super::{SERVICE, added, credential, name, reference, service, without};
use crate::{by_id, cause, created};

fn secret(text: &str) -> Answer {
    Answer::json(200, text)
}

/// Which secret the last token request was made with.
fn sent_secret(engine: &TestEngine) -> String {
    let sent = engine.outbound.sent();
    let to_server = sent.iter().rfind(|it| it.url().contains(HOST)).unwrap();
    let body = to_server.body();
    let at = body.split("client_secret=").nth(1).unwrap();
    at.split('&').next().unwrap().to_owned()
}

#[tokio::test]
async fn many_credentials_with_one_secret_read_it_once() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    engine.outbound.answer_always(SERVICE, secret("one"));
    engine.outbound.answer_always(HOST, Answer::token("t"));
    added(&engine, "service", service(), without()).await;
    let mut wanted = Vec::new();
    for number in 0..20 {
        let draft = credential(&format!("c{number}"), reference("service", "apps/one"));
        wanted.push(by_id(&created(&engine, draft).await));
    }
    let all = wanted
        .iter()
        .map(|wanted| engine.fetch_token(&admin, wanted));
    let mut all: Vec<_> = all.map(Box::pin).collect();
    for one in &mut all {
        one.await.unwrap();
    }
    assert_eq!(engine.outbound.count(SERVICE), 1);
    engine.clock.advance(Duration::from_secs(301));
    engine.drop_tokens(&admin, &wanted[0]).await.unwrap();
    engine.fetch_token(&admin, &wanted[0]).await.unwrap();
    assert_eq!(engine.outbound.count(SERVICE), 2);
}

#[tokio::test]
async fn a_refused_secret_is_read_past_the_cache_once() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    engine.outbound.answer(SERVICE, secret("old"));
    engine.outbound.answer(HOST, Answer::token("one"));
    added(&engine, "service", service(), without()).await;
    let draft = credential("c", reference("service", "apps/one"));
    let wanted = by_id(&created(&engine, draft).await);
    engine.fetch_token(&admin, &wanted).await.unwrap();
    assert_eq!(sent_secret(&engine), "old");
    engine.drop_tokens(&admin, &wanted).await.unwrap();
    // the old one is not accepted any more, the new one is there already
    engine
        .outbound
        .answer(HOST, Answer::refusal(401, "invalid_client"));
    engine.outbound.answer(SERVICE, secret("new"));
    engine.outbound.answer(HOST, Answer::token("two"));
    let token = engine.fetch_token(&admin, &wanted).await.unwrap();
    assert_eq!(token.token.access_token.value.expose(), "two");
    assert_eq!(sent_secret(&engine), "new");
    assert_eq!(engine.outbound.count(SERVICE), 2);
    // one that is the same is not tried again
    engine.drop_tokens(&admin, &wanted).await.unwrap();
    engine
        .outbound
        .answer(HOST, Answer::refusal(401, "invalid_client"));
    engine.outbound.answer(SERVICE, secret("new"));
    let before = engine.outbound.count(HOST);
    engine.fetch_token(&admin, &wanted).await.unwrap_err();
    assert_eq!(engine.outbound.count(HOST), before + 1);
}

#[tokio::test]
async fn what_was_there_serves_a_while_when_the_source_is_down() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    engine.outbound.answer(SERVICE, secret("one"));
    engine.outbound.answer_always(HOST, Answer::token("t"));
    added(&engine, "service", service(), without()).await;
    let draft = credential("c", reference("service", "apps/one"));
    let wanted = by_id(&created(&engine, draft).await);
    engine.fetch_token(&admin, &wanted).await.unwrap();
    engine
        .outbound
        .answer_always(SERVICE, Answer::json(503, "down"));
    engine.clock.advance(Duration::from_secs(400));
    engine.drop_tokens(&admin, &wanted).await.unwrap();
    engine.fetch_token(&admin, &wanted).await.unwrap();
    let told = engine.source(&admin, &name("service")).await.unwrap();
    let health = told.listed.health;
    assert!(health.stale_since.is_some());
    assert_eq!((health.failing_since, health.stale), (None, 1));
    assert_eq!(health.last_fault.unwrap().class, "busy");
    // one that was never read has nothing to serve; as three fail, it is the source that does
    for of in ["d", "e"] {
        let draft = credential(of, reference("service", &format!("apps/{of}")));
        let other = by_id(&created(&engine, draft).await);
        let error = engine.fetch_token(&admin, &other).await.unwrap_err();
        assert!(matches!(cause(&error), EngineError::Source(_)), "{error}");
    }
    let told = engine.source(&admin, &name("service")).await.unwrap();
    assert!(told.listed.health.failing_since.is_some());
    // and not for ever
    engine.clock.advance(Duration::from_hours(1));
    engine.drop_tokens(&admin, &wanted).await.unwrap();
    engine.fetch_token(&admin, &wanted).await.unwrap_err();
    engine.outbound.answer_always(SERVICE, secret("one"));
    engine.clock.advance(Duration::from_mins(1));
    engine.fetch_token(&admin, &wanted).await.unwrap();
    let told = engine.source(&admin, &name("service")).await.unwrap();
    assert!(told.listed.health.stale_since.is_none());
    assert!(told.listed.health.failing_since.is_none());
}

#[tokio::test]
async fn a_secret_that_is_gone_is_not_served() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    engine.outbound.answer(SERVICE, secret("one"));
    engine.outbound.answer_always(HOST, Answer::token("t"));
    added(&engine, "service", service(), without()).await;
    let draft = credential("c", reference("service", "apps/one"));
    let wanted = by_id(&created(&engine, draft).await);
    engine.fetch_token(&admin, &wanted).await.unwrap();
    for (status, class) in [(404, "missing"), (403, "denied")] {
        engine
            .outbound
            .answer_always(SERVICE, Answer::json(status, "no"));
        engine.clock.advance(Duration::from_secs(400));
        engine.drop_tokens(&admin, &wanted).await.unwrap();
        let error = engine.fetch_token(&admin, &wanted).await.unwrap_err();
        let EngineError::Source(error) = cause(&error) else {
            panic!("{error}");
        };
        assert_eq!(error.class(), class);
    }
}

#[tokio::test]
async fn a_change_at_the_source_takes_tokens_along() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    engine.outbound.answer(SERVICE, secret("one"));
    engine.outbound.answer_always(HOST, Answer::token("t"));
    let draft = SourceDraft {
        fresh_s: 1,
        ..service()
    };
    added(&engine, "service", draft, without()).await;
    let draft = credential("c", reference("service", "apps/one"));
    let wanted = by_id(&created(&engine, draft).await);
    engine.fetch_token(&admin, &wanted).await.unwrap();
    engine.start();
    engine.outbound.answer_always(SERVICE, secret("two"));
    let at_hand = || {
        let token = engine.fetch_token(&admin, &wanted);
        async { token.await.unwrap() }
    };
    for _ in 0..200 {
        engine.clock.advance(Duration::from_millis(500));
        tokio::time::sleep(Duration::from_millis(50)).await;
        at_hand().await;
        if sent_secret(&engine) == "two" {
            return;
        }
    }
    panic!("tokens made with the old secret are still handed out");
}

#[tokio::test]
async fn what_is_under_way_with_the_old_secret_is_asked_for_again() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    engine.outbound.answer(SERVICE, secret("one"));
    engine.outbound.answer_always(SERVICE, secret("two"));
    let gate = Gate::shut();
    engine
        .outbound
        .answer(HOST, Answer::token("made-with-one").behind(&gate));
    engine
        .outbound
        .answer_always(HOST, Answer::token("made-with-two"));
    added(&engine, "service", service(), without()).await;
    let draft = credential("c", reference("service", "apps/one"));
    let wanted = by_id(&created(&engine, draft).await);
    let fetch = engine.fetch_token(&admin, &wanted);
    let changed = async {
        gate.arrived().await;
        let narrower = SourceDraft {
            paths: vec!["apps/one".to_owned()],
            ..service()
        };
        let (of, first) = (name("service"), Revision::FIRST);
        let updated = engine.update_source(&admin, &of, first, &narrower, without());
        updated.await.unwrap();
        gate.open();
    };
    let (token, ()) = tokio::join!(fetch, changed);
    let token = token.unwrap();
    assert_eq!(token.token.access_token.value.expose(), "made-with-two");
    assert_eq!(sent_secret(&engine), "two");
}
