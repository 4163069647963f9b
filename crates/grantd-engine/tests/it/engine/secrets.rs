//! Which of a credential's secrets is sent, and when another one is tried.

use std::time::Duration;

use grantd_engine::EngineError;
use grantd_model::{Credential, ErrorKind, Secret, SecretInput};
use grantd_oauth::FailureClass;
use grantd_testkit::fixtures::{CLIENT_SECRET, HOST, minimal};
use grantd_testkit::{Answer, Sent, TestEngine};
use tokio::time::sleep;

use super::{HOUR, MINUTE, ask, events, requests, told};
use crate::tokens::external::{external, put, with_source};
use crate::{by_id, cause, created};

/// Which secret a request showed, of those that these tests use.
fn shown(sent: &Sent) -> &'static str {
    let basic = sent.header("authorization").unwrap_or_default();
    let shows = |secret: &str| {
        let pair = format!("client-1:{secret}");
        let pair = data_encoding::BASE64.encode(pair.as_bytes());
        basic.ends_with(&pair) || sent.body().contains(&format!("client_secret={secret}&"))
    };
    match [CLIENT_SECRET, "next", "third"].map(shows) {
        [true, ..] => "current",
        [_, true, _] => "next",
        [_, _, true] => "third",
        _ => "none of them",
    }
}

fn sequence(engine: &TestEngine) -> Vec<&'static str> {
    engine.outbound.sent().iter().map(shown).collect()
}

/// Has the server accept this secret alone.
fn accept(engine: &TestEngine, accepted: &'static str) {
    engine.outbound.answer_by(HOST, move |number, sent| {
        if shown(sent) == accepted {
            Answer::token(&format!("t{number}"))
        } else {
            Answer::refusal(401, "invalid_client")
        }
    });
}

async fn add(engine: &TestEngine, made: &Credential, secret: &str) -> Credential {
    let secret = SecretInput::Internal(Secret::from(secret));
    let admin = engine.as_admin();
    let added = engine
        .add_secret(&admin, &by_id(made), made.revision, secret)
        .await;
    added.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_next_one_is_tried_once_and_remembered() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let made = add(&engine, &made, "next").await;
    accept(&engine, "current");
    assert!(ask(&engine, &made).await.is_ok());
    assert_eq!(sequence(&engine), ["current"]);
    // the server forgets the old one
    accept(&engine, "next");
    sleep(55 * MINUTE).await;
    assert_eq!(sequence(&engine)[1..], ["current", "next"]);
    let handed_out = ask(&engine, &made).await.unwrap();
    assert_eq!(handed_out.token.secret_version, 2);
    sleep(54 * MINUTE).await;
    assert!(ask(&engine, &made).await.is_ok());
    assert_eq!(sequence(&engine)[3..], ["next"], "it is known to work");

    // a restart knows it from the store
    let restarted = engine.restarted();
    assert!(ask(&restarted, &made).await.is_ok());
    assert_eq!(sequence(&engine)[4..], ["next"]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn after_it_is_promoted_the_other_is_forgotten() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let made = add(&engine, &made, "next").await;
    accept(&engine, "next");
    assert!(ask(&engine, &made).await.is_ok());
    let admin = engine.as_admin();
    let promoted = engine
        .promote_secret(&admin, &by_id(&made), made.revision)
        .await;
    let promoted = promoted.unwrap();
    assert_eq!(promoted.authentication.secret().iter().count(), 1);
    // the token that was got with it stays good
    assert_eq!(told(ask(&engine, &made).await), Ok("t1".to_owned()));
    accept(&engine, "current");
    let renewed = engine.renew_token(&admin, &by_id(&made)).await;
    assert!(renewed.is_err());
    assert_eq!(sequence(&engine), ["current", "next", "next"]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_the_place_of_another_next_one_is_tried_after_the_current() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let made = add(&engine, &made, "next").await;
    accept(&engine, "next");
    assert!(ask(&engine, &made).await.is_ok());
    let made = add(&engine, &made, "third").await;
    accept(&engine, "third");
    let renewed = engine.renew_token(&engine.as_admin(), &by_id(&made)).await;
    assert!(renewed.is_ok());
    assert_eq!(
        sequence(&engine),
        ["current", "next", "current", "third"],
        "the one that is gone is not sent"
    );
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn where_both_are_refused_there_is_one_failure_and_few_requests() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let made = add(&engine, &made, "next").await;
    let refusal = |description: &str| {
        let body =
            format!(r#"{{"error": "invalid_client", "error_description": "{description}"}}"#);
        Answer::json(401, &body)
    };
    engine.outbound.answer_by(HOST, move |_, sent| {
        refusal(&format!("this was {}", shown(sent)))
    });
    let error = ask(&engine, &made).await.unwrap_err();
    let EngineError::Token(told) = cause(&error) else {
        panic!("{error}");
    };
    assert_eq!(told.class, FailureClass::InvalidClient);
    assert_eq!(told.description.as_deref(), Some("this was current"));
    assert_eq!(events(&engine, &made).await.len(), 1);
    for _ in 0..(60 * 6) {
        assert!(ask(&engine, &made).await.is_err());
        sleep(10 * super::SECOND).await;
    }
    // at 0, 30, 90, 210, 450, 930, 1830 and 2730 seconds, two each
    assert_eq!(requests(&engine), 16);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn another_failure_than_a_refused_secret_tries_no_other() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let made = add(&engine, &made, "next").await;
    for answer in [
        Answer::refusal(400, "invalid_scope"),
        Answer::json(503, ""),
        Answer::json(200, "<html>"),
    ] {
        let before = requests(&engine);
        engine.outbound.answer(HOST, answer);
        assert!(ask(&engine, &made).await.is_err());
        assert_eq!(requests(&engine), before + 1);
        sleep(HOUR).await;
    }
    engine.end().await;
}

#[tokio::test]
async fn an_external_one_that_has_changed_is_read_again_once() {
    let (folder, engine) = with_source(&["*"]);
    put(folder.path(), "sales", "next");
    let made = created(&engine, external("sales", None)).await;
    let path = folder.path().to_owned();
    engine.outbound.answer_by(HOST, move |_, sent| {
        if shown(sent) == "third" {
            return Answer::token("t");
        }
        put(&path, "sales", "third");
        Answer::refusal(401, "invalid_client")
    });
    assert_eq!(told(ask(&engine, &made).await), Ok("t".to_owned()));
    assert_eq!(sequence(&engine), ["next", "third"]);
}

#[tokio::test]
async fn an_external_one_that_has_not_changed_is_not_sent_again() {
    let (folder, engine) = with_source(&["*"]);
    put(folder.path(), "sales", "next");
    let made = created(&engine, external("sales", None)).await;
    let refusal = Answer::refusal(401, "invalid_client");
    engine.outbound.answer_always(HOST, refusal);
    let kind = ErrorKind::AuthorizationServerRefused;
    assert_eq!(told(ask(&engine, &made).await), Err(kind));
    assert_eq!(sequence(&engine), ["next"]);
    // one that changes each time is tried twice in each attempt, never in a loop
    let path = folder.path().to_owned();
    engine.outbound.answer_by(HOST, move |number, _| {
        put(&path, "sales", &format!("secret-{number}"));
        Answer::refusal(401, "invalid_client")
    });
    engine.clock.advance(Duration::from_secs(30));
    assert_eq!(told(ask(&engine, &made).await), Err(kind));
    assert_eq!(requests(&engine), 3);
}
