//! Keys are rotated and forgotten while everything goes on.

use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{DamagedValue, EngineError, InstallationFacts};
use grantd_model::{ErrorKind, Sealed};
use grantd_secrets::Sources;
use grantd_store::{SealedAt, Store};
use grantd_testkit::fixtures::{HOST, full, minimal};
use grantd_testkit::{Answer, FailingStore, MemoryStore, TestEngine};

use crate::{by_id, created, kind};

async fn facts(engine: &TestEngine) -> InstallationFacts {
    engine.installation(&engine.as_admin()).await.unwrap()
}

/// Waits until no value is under an earlier key.
async fn settled(engine: &TestEngine) -> InstallationFacts {
    for _ in 0..1000 {
        let facts = facts(engine).await;
        if facts.values_left == 0 {
            return facts;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("values are left under earlier keys");
}

#[tokio::test(start_paused = true)]
async fn every_value_is_brought_under_the_new_key_and_opens() {
    let engine = TestEngine::flowing();
    let admin = engine.as_admin();
    let kept = created(&engine, full("kept")).await;
    let before = facts(&engine).await;
    let rotated = engine.rotate_keyring(&admin).await.unwrap();
    assert_ne!(rotated.key_id, before.key_id);
    assert_eq!(rotated.values, before.values);
    let after = settled(&engine).await;
    assert_eq!(after.key_id, rotated.key_id);
    assert_eq!(after.earlier.len(), 1);
    assert_eq!(
        (after.earlier[0].id.as_str(), after.earlier[0].values),
        (before.key_id.as_str(), 0)
    );
    assert_eq!(
        engine.keyring.ids(),
        [after.key_id.clone(), before.key_id.clone()]
    );
    // what is added from now on is under it at once
    let new = created(&engine, minimal("new")).await;
    assert_eq!(facts(&engine).await.values_left, 0);
    // and all of it opens without the key of before
    engine.forget_key(&admin, &before.key_id).await.unwrap();
    assert_eq!(engine.keyring.ids(), [after.key_id.as_str()]);
    engine.outbound.answer_always(HOST, Answer::token("t"));
    for credential in [kept, new] {
        engine
            .fetch_token(&admin, &by_id(&credential))
            .await
            .unwrap();
    }
    engine.end().await;
}

#[tokio::test]
async fn a_rotation_that_was_cut_off_goes_on_after_a_restart() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    created(&engine, full("kept")).await;
    // nothing goes on by itself in an engine that was not started
    let rotated = engine.rotate_keyring(&admin).await.unwrap();
    assert!(rotated.values_left > 0);
    let restarted = engine.restarted();
    restarted.start();
    let after = settled(&restarted).await;
    assert_eq!(after.key_id, rotated.key_id);
    restarted.end().await;
}

#[tokio::test]
async fn a_key_is_forgotten_only_when_nothing_is_under_it() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    created(&engine, full("kept")).await;
    let first = facts(&engine).await.key_id;
    let error = engine.forget_key(&admin, &first).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the key `{first}` seals; rotate the keyring first")
    );
    engine.rotate_keyring(&admin).await.unwrap();
    let error = engine.forget_key(&admin, &first).await.unwrap_err();
    assert!(
        error.to_string().contains("are still under the key"),
        "{error}"
    );
    assert!(matches!(error, EngineError::InUse(_)));
    assert!(engine.keyring.ids().contains(&first), "it was put back");
    assert!(engine.sealer.key_ids().contains(&first));
    assert_eq!(
        kind(engine.forget_key(&admin, "nokey").await),
        Err(ErrorKind::NotFound)
    );
}

#[tokio::test]
async fn what_can_not_be_recorded_leaves_the_keyring_as_it_was() {
    let store = FailingStore::around(Arc::new(MemoryStore::default()));
    let dynamic: Arc<dyn Store> = Arc::new(store.clone());
    let engine = TestEngine::with(dynamic, Sources::default());
    let before = engine.sealer.key_ids();
    store.refuse_audit(true);
    let error = engine.rotate_keyring(&engine.as_admin()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreFailed);
    assert_eq!(
        (engine.keyring.ids(), engine.sealer.key_ids()),
        (before.clone(), before)
    );
}

/// Alters one sealed value of a credential, so that it does not open any more.
async fn damage(engine: &TestEngine) -> SealedAt {
    let mut unit = engine.store.write().await.unwrap();
    let values = unit.sealed().under_others("none", None, 1000).await;
    let values = values.unwrap().into_iter();
    let mut credentials = values.filter(|(at, _)| matches!(at, SealedAt::Credential(..)));
    let (at, before) = credentials.next().unwrap();
    let mut bytes = before.as_bytes().to_vec();
    // in the nonce of the wrapped data key, behind the key's id
    let behind = 3 + usize::from(bytes[2]);
    bytes[behind] ^= 1;
    let after = Sealed::from_bytes(bytes);
    unit.sealed().replace(&at, &before, &after).await.unwrap();
    unit.commit().await.unwrap();
    at
}

#[tokio::test(start_paused = true)]
async fn a_damaged_value_is_named_and_holds_up_nothing_but_its_key() {
    let engine = TestEngine::flowing();
    let admin = engine.as_admin();
    let kept = created(&engine, full("kept")).await;
    let other = created(&engine, minimal("other")).await;
    let before = facts(&engine).await;
    assert_eq!(before.damaged, []);
    let at = damage(&engine).await;
    engine.rotate_keyring(&admin).await.unwrap();
    let mut after = facts(&engine).await;
    for _ in 0..1000 {
        if after.values_left == after.damaged.len() as u64 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        after = facts(&engine).await;
    }
    let SealedAt::Credential(id, version) = at else {
        panic!("{at:?}")
    };
    let named = DamagedValue {
        kind: "credential_secret",
        id: Some(id.clone()),
        number: Some(version),
    };
    assert_eq!(after.damaged, [named]);
    assert_eq!(after.values_left, 1);
    let error = engine.forget_key(&admin, &before.key_id).await.unwrap_err();
    assert!(matches!(error, EngineError::InUse(_)));
    let named = format!("credential_secret {id} {version}");
    assert!(error.to_string().contains(&named), "{error}");
    assert!(engine.keyring.ids().contains(&before.key_id));
    // what it belongs to is deleted
    let mut credentials = [&kept, &other].into_iter();
    let gone = credentials.find(|it| it.id.to_string() == id).unwrap();
    engine
        .delete_credential(&admin, &by_id(gone), gone.revision)
        .await
        .unwrap();
    assert_eq!(facts(&engine).await.damaged, []);
    engine.forget_key(&admin, &before.key_id).await.unwrap();
    engine.end().await;
}
