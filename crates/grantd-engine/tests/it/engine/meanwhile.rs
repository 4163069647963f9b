//! What happens to a credential or a key while a request is under way, and to those who wait.

use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{CredentialRef, EngineError, KeyDraft, TokenWish};
use grantd_model::{Action, Actor, Clock, Credential, ErrorKind, Grant, KeyId};
use grantd_secrets::Sources;
use grantd_testkit::fixtures::{HOST, grant, labels, minimal};
use grantd_testkit::{Answer, Gate, MemoryStore, SlowStore, TestEngine};
use tokio::time::{Instant, sleep, timeout};

use super::{HOUR, Issuer, MINUTE, SECOND, ask, ask_for, requests, set_enabled, sleep_until, told};
use crate::{by_id, created, keeping, kind};

async fn delete(engine: &TestEngine, made: &Credential) {
    let admin = engine.as_admin();
    let gone = engine
        .delete_credential(&admin, &by_id(made), made.revision)
        .await;
    gone.unwrap();
}

async fn edit(engine: &TestEngine, made: &Credential) {
    let mut draft = keeping(minimal("a"));
    draft.settings.audience = Some("api".try_into().unwrap());
    let admin = engine.as_admin();
    let edited = engine
        .update_credential(&admin, &by_id(made), made.revision, draft)
        .await;
    edited.unwrap();
}

#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Disabled,
    Deleted,
    Edited,
}

impl Meanwhile {
    const ALL: [Self; 3] = [Self::Disabled, Self::Deleted, Self::Edited];

    async fn happens(self, engine: &TestEngine, made: &Credential) {
        match self {
            Self::Disabled => set_enabled(engine, made, false).await,
            Self::Deleted => delete(engine, made).await,
            Self::Edited => edit(engine, made).await,
        }
    }

    fn expected(self) -> Result<String, ErrorKind> {
        match self {
            Self::Disabled => Err(ErrorKind::Disabled),
            Self::Deleted => Err(ErrorKind::NotFound),
            Self::Edited => Ok("after".to_owned()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_more_than_is_left_does_not_get_the_old_token_instead() {
    for meanwhile in Meanwhile::ALL {
        for answer in [Answer::token("dropped"), Answer::json(503, "")] {
            let engine = TestEngine::flowing();
            let made = created(&engine, minimal("a")).await;
            let gate = Gate::shut();
            engine.outbound.answer(HOST, Answer::token("old"));
            engine.outbound.answer(HOST, answer.behind(&gate));
            engine.outbound.answer_always(HOST, Answer::token("after"));
            ask(&engine, &made).await.unwrap();
            sleep(31 * MINUTE).await;
            let (ended, ()) = tokio::join!(ask_for(&engine, &made, 30 * MINUTE), async {
                gate.arrived().await;
                meanwhile.happens(&engine, &made).await;
                gate.open();
            });
            assert_eq!(told(ended), meanwhile.expected(), "{meanwhile:?}");
            sleep(SECOND).await;
            let later = ask(&engine, &made).await;
            assert_eq!(told(later), meanwhile.expected(), "{meanwhile:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_acknowledged_while_a_token_is_being_recorded_counts() {
    for meanwhile in Meanwhile::ALL {
        let store = SlowStore::around(Arc::new(MemoryStore::default()));
        let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
        let made = created(&engine, minimal("a")).await;
        let begin = Instant::now();
        let answer = Answer::token("old").taking(Duration::from_millis(150));
        engine.outbound.answer(HOST, answer);
        engine.outbound.answer_always(HOST, Answer::token("after"));
        store.take(Duration::from_millis(100));
        // asked at 100, answered at 250, recorded at 350; changed at 300
        let (ended, acknowledged) = tokio::join!(ask(&engine, &made), async {
            sleep(Duration::from_millis(200)).await;
            meanwhile.happens(&engine, &made).await;
            begin.elapsed()
        });
        assert!(acknowledged < Duration::from_millis(350));
        assert_eq!(told(ended), meanwhile.expected(), "{meanwhile:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn renewing_by_hand_gives_no_token_of_what_was_changed() {
    for meanwhile in Meanwhile::ALL {
        let store = SlowStore::around(Arc::new(MemoryStore::default()));
        let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
        let made = created(&engine, minimal("a")).await;
        engine.outbound.answer(HOST, Answer::token("first"));
        ask(&engine, &made).await.unwrap();
        let answer = Answer::token("old").taking(Duration::from_millis(50));
        engine.outbound.answer(HOST, answer);
        store.take(Duration::from_millis(100));
        let admin = engine.as_admin();
        let wanted = by_id(&made);
        let (ended, ()) = tokio::join!(
            engine.renew_token(&admin, &wanted),
            meanwhile.happens(&engine, &made)
        );
        assert!(ended.is_err(), "{meanwhile:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_loses_the_right_while_waiting_gets_none() {
    let engine = TestEngine::flowing();
    let mut draft = minimal("a");
    draft.settings.labels = labels(&[("team", "a")]);
    let made = created(&engine, draft).await;
    let gate = Gate::shut();
    let answer = Answer::token("t").behind(&gate);
    engine.outbound.answer(HOST, answer);
    let of_team_a = vec![grant(Action::Token, &[("team", "a")])];
    let caller = grantd_testkit::fixtures::actor("anne", of_team_a);
    let wanted = by_id(&made);
    let (ended, ()) = tokio::join!(engine.fetch_token(&caller, &wanted), async {
        gate.arrived().await;
        let mut draft = keeping(minimal("a"));
        draft.settings.labels = labels(&[("team", "b")]);
        let admin = engine.as_admin();
        let moved = engine
            .update_credential(&admin, &wanted, made.revision, draft)
            .await;
        moved.unwrap();
        gate.open();
    });
    assert_eq!(kind(ended), Err(ErrorKind::NotFound));
    // for the others it is good
    assert_eq!(told(ask(&engine, &made).await), Ok("t".to_owned()));
    assert_eq!(requests(&engine), 1);
}

async fn key(engine: &TestEngine, lasting: Duration) -> (KeyId, Arc<Actor>) {
    let draft = KeyDraft {
        name: "key".try_into().unwrap(),
        grants: vec![Grant::everywhere(Action::Token)],
        expires_at: Some(engine.clock.now().plus(lasting)),
    };
    let made = engine.create_key(&engine.as_admin(), draft).await.unwrap();
    let text = made.text.expose();
    (made.key.id, engine.authenticate_key(text).await.unwrap())
}

/// Asks with the key, and lets the answer come after twenty seconds.
async fn asked_with(
    engine: &TestEngine,
    actor: &Actor,
    wanted: &CredentialRef,
) -> Result<(), EngineError> {
    let wish = TokenWish::default();
    engine.token(actor, wanted, &wish).await.map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_revoked_or_ends_while_its_holder_waits_gets_none() {
    for is_revoked in [true, false] {
        let engine = TestEngine::flowing();
        let made = created(&engine, minimal("a")).await;
        Issuer::taking(&engine, HOUR, 20 * SECOND);
        let lasting = if is_revoked { HOUR } else { 10 * SECOND };
        let (id, holder) = key(&engine, lasting).await;
        let wanted = by_id(&made);
        let (ended, ()) = tokio::join!(asked_with(&engine, &holder, &wanted), async {
            sleep(5 * SECOND).await;
            if is_revoked {
                let admin = engine.as_admin();
                engine.revoke_key(&admin, id).await.unwrap();
            }
        });
        assert_eq!(kind(ended), Err(ErrorKind::Unauthenticated));
        // the token is there for others
        assert_eq!(told(ask(&engine, &made).await), Ok("t0".to_owned()));
        assert_eq!(requests(&engine), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_for_what_is_gone_ends_and_is_not_made_again() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::taking(&engine, HOUR, 20 * SECOND);
    let begin = Instant::now();
    assert!(timeout(SECOND, ask(&engine, &made)).await.is_err());
    delete(&engine, &made).await;
    sleep_until(begin, 24 * HOUR).await;
    assert_eq!(requests(&engine), 1);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_revoked_while_it_is_read_is_not_accepted() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let draft = KeyDraft {
        name: "key".try_into().unwrap(),
        grants: vec![Grant::everywhere(Action::Token)],
        expires_at: None,
    };
    let made = engine.create_key(&engine.as_admin(), draft).await.unwrap();
    store.take(Duration::from_millis(100));
    let admin = engine.as_admin();
    let (revoked, shown) = tokio::join!(engine.revoke_key(&admin, made.key.id), async {
        // read from 50 to 150, revoked at 100
        sleep(Duration::from_millis(50)).await;
        engine.authenticate_key(made.text.expose()).await
    });
    revoked.unwrap();
    assert_eq!(kind(shown), Err(ErrorKind::Unauthenticated));
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn after_each_edit_its_revision_is_handed_out() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    ask(&engine, &made).await.unwrap();
    let mut revision = made.revision;
    let admin = engine.as_admin();
    for round in 0..10 {
        let mut draft = keeping(minimal("a"));
        draft.settings.description = format!("round {round}");
        let edited = engine
            .update_credential(&admin, &by_id(&made), revision, draft)
            .await;
        revision = edited.unwrap().revision;
        let handed_out = ask(&engine, &made).await.unwrap();
        assert_eq!(handed_out.credential.revision, revision);
    }
    assert_eq!(requests(&engine), 1);
    engine.end().await;
}
