//! Units of work: all or nothing, one writer, readers that see one state.

use std::pin::pin;
use std::time::Duration;

use grantd_model::AuditAction;
use grantd_store::{AuditQuery, Store};
use tokio::time::timeout;

use super::{add, everything, first, names, stored};
use crate::fixtures::{Fixtures, audit_chain};

/// Long enough for what must not happen to happen.
const A_WHILE: Duration = Duration::from_millis(200);

/// Of a unit that was dropped, of no repository.
pub async fn without_commit_nothing_is_kept(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let kept = fixtures.full_credential("kept");
    add(store, &[&kept]).await;
    let (credential, key) = (fixtures.credential("new"), fixtures.key("new"));
    let entry = fixtures.entry(AuditAction::CredentialCreate, credential.id);

    let mut unit = store.write().await.unwrap();
    unit.credentials().insert(&credential).await.unwrap();
    let mut changed = kept.clone();
    changed.settings.name = "changed".try_into().unwrap();
    let done = unit.credentials().update(&changed, kept.revision).await;
    done.unwrap();
    unit.keys().insert(&key).await.unwrap();
    unit.audit().append(&entry, &audit_chain(1)).await.unwrap();
    let installation = fixtures.installation();
    unit.installation().insert(&installation).await.unwrap();
    drop(unit);

    assert_eq!(stored(store, kept.id).await, Some(kept));
    assert_eq!(names(store, &everything()).await, ["kept"]);
    let mut unit = store.read().await.unwrap();
    assert_eq!(unit.keys().by_id(key.id).await.unwrap(), None);
    assert_eq!(unit.installation().get().await.unwrap(), None);
    let query = AuditQuery {
        object: None,
        action: None,
        actor: None,
        from: None,
        until: None,
        without_fetches: false,
        page: first(10),
    };
    assert!(unit.audit().page(&query).await.unwrap().items.is_empty());
}

/// Until the commit, and from then on.
pub async fn a_writer_sees_its_own_changes_and_readers_do_not(store: &dyn Store) {
    let credential = Fixtures::default().credential("new");
    let mut unit = store.write().await.unwrap();
    unit.credentials().insert(&credential).await.unwrap();
    let own = unit.credentials().by_id(credential.id).await.unwrap();
    assert!(own.is_some());
    assert_eq!(stored(store, credential.id).await, None);
    unit.commit().await.unwrap();
    assert_eq!(stored(store, credential.id).await, Some(credential));
}

/// From its first look to its last, whatever is committed in between.
pub async fn a_reader_sees_one_state(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, two) = (fixtures.credential("one"), fixtures.credential("two"));
    add(store, &[&one]).await;
    let mut reader = store.read().await.unwrap();
    let before = reader.credentials().page(&everything()).await.unwrap();
    assert_eq!(before.items.len(), 1);

    let mut unit = store.write().await.unwrap();
    let gone = unit.credentials().delete(one.id, one.revision).await;
    gone.unwrap();
    unit.credentials().insert(&two).await.unwrap();
    unit.keys().insert(&fixtures.key("new")).await.unwrap();
    unit.commit().await.unwrap();

    let after = reader.credentials().page(&everything()).await.unwrap();
    assert_eq!(after, before);
    let still = reader.credentials().by_id(one.id).await.unwrap();
    assert_eq!(still, Some(one));
    let not_yet = reader.credentials().by_id(two.id).await.unwrap();
    assert_eq!(not_yet, None);
    let keys = reader.keys().page(&first(10)).await.unwrap();
    assert!(keys.items.is_empty());
    drop(reader);
    assert_eq!(names(store, &everything()).await, ["two"]);
}

/// And sees what it did.
pub async fn a_second_writer_waits_for_the_first(store: &dyn Store) {
    let credential = Fixtures::default().credential("first");
    let mut one = store.write().await.unwrap();
    one.credentials().insert(&credential).await.unwrap();
    let mut two = pin!(store.write());
    let early = timeout(A_WHILE, two.as_mut()).await;
    assert!(early.is_err(), "two writers at a time");
    one.commit().await.unwrap();
    let mut two = two.await.unwrap();
    let seen = two.credentials().by_id(credential.id).await.unwrap();
    assert_eq!(seen, Some(credential));
}

/// Without a commit as well.
pub async fn a_dropped_writer_lets_the_next_one_in(store: &dyn Store) {
    let credential = Fixtures::default().credential("a");
    for _ in 0..3 {
        let mut unit = store.write().await.unwrap();
        unit.credentials().insert(&credential).await.unwrap();
        drop(unit);
    }
    assert_eq!(stored(store, credential.id).await, None);
}

/// All that one unit did.
pub async fn a_commit_keeps_changes_of_every_kind(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (credential, key) = (fixtures.credential("new"), fixtures.key("new"));
    let entry = fixtures.entry(AuditAction::CredentialCreate, credential.id);
    let mut unit = store.write().await.unwrap();
    unit.credentials().insert(&credential).await.unwrap();
    unit.keys().insert(&key).await.unwrap();
    unit.audit().append(&entry, &audit_chain(1)).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let found = unit.credentials().by_id(credential.id).await.unwrap();
    assert_eq!(found, Some(credential));
    let found = unit.keys().by_id(key.id).await.unwrap();
    assert_eq!(found, Some(key));
    let query = AuditQuery {
        object: None,
        action: None,
        actor: None,
        from: None,
        until: None,
        without_fetches: false,
        page: first(10),
    };
    let page = unit.audit().page(&query).await.unwrap();
    assert_eq!(page.items, [entry]);
}
