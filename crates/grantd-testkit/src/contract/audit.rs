//! The audit log.

use grantd_model::{ActorRef, AuditAction, AuditEntry, ObjectId};
use grantd_store::{AuditQuery, Store};

use super::first;
use crate::fixtures::{Fixtures, audit_chain};

fn query(limit: u32) -> AuditQuery {
    AuditQuery {
        object: None,
        action: None,
        actor: None,
        from: None,
        until: None,
        without_fetches: false,
        page: first(limit),
    }
}

async fn add(store: &dyn Store, entries: &[AuditEntry]) {
    for entry in entries {
        let mut unit = store.write().await.unwrap();
        unit.audit().append(entry, &audit_chain(1)).await.unwrap();
        unit.commit().await.unwrap();
    }
}

async fn all_pages(store: &dyn Store, mut query: AuditQuery) -> Vec<AuditEntry> {
    let mut all = Vec::new();
    loop {
        let mut unit = store.read().await.unwrap();
        let page = unit.audit().page(&query).await.unwrap();
        assert!(page.items.len() <= query.page.limit as usize);
        all.extend(page.items);
        match page.next {
            Some(next) => query.page.after = Some(next),
            None => return all,
        }
    }
}

/// Two credentials and a key, six entries.
fn six(fixtures: &Fixtures) -> (Vec<AuditEntry>, ObjectId, ObjectId) {
    let one = ObjectId::from(fixtures.credential("one").id);
    let two = ObjectId::from(fixtures.credential("two").id);
    let key = ObjectId::from(fixtures.key("key").id);
    let entries = [
        (AuditAction::CredentialCreate, &one),
        (AuditAction::CredentialCreate, &two),
        (AuditAction::KeyCreate, &key),
        (AuditAction::TokenFetch, &one),
        (AuditAction::CredentialUpdate, &one),
        (AuditAction::TokenFetch, &one),
    ];
    let entries = entries.map(|(action, object)| fixtures.entry(action, object.clone()));
    (entries.into(), one, two)
}

/// With every field; a writer sees them too.
pub async fn entries_come_back_newest_first(store: &dyn Store) {
    let (entries, _, _) = six(&Fixtures::default());
    add(store, &entries).await;
    let expected: Vec<_> = entries.into_iter().rev().collect();
    assert_eq!(all_pages(store, query(200)).await, expected);
    let mut unit = store.write().await.unwrap();
    let page = unit.audit().page(&query(200)).await.unwrap();
    assert_eq!(page.items, expected);
}

/// No entry twice, none left out, and none that came later.
pub async fn pages_end_at_their_borders(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (entries, one, _) = six(&fixtures);
    add(store, &entries).await;
    let expected: Vec<_> = entries.into_iter().rev().collect();
    for limit in 1..=7 {
        assert_eq!(all_pages(store, query(limit)).await, expected, "{limit}");
    }
    let mut unit = store.read().await.unwrap();
    let page = unit.audit().page(&query(6)).await.unwrap();
    assert_eq!(
        page.next, None,
        "nothing is behind a last page that is full"
    );
    let page = unit.audit().page(&query(2)).await.unwrap();
    drop(unit);
    add(store, &[fixtures.entry(AuditAction::TokenFetch, one)]).await;
    let mut rest = query(2);
    rest.page.after = page.next;
    assert_eq!(all_pages(store, rest).await, expected[2..]);
}

/// By thing, by action, by both.
pub async fn filters_narrow_and_combine(store: &dyn Store) {
    let (entries, one, two) = six(&Fixtures::default());
    add(store, &entries).await;
    let fetch = AuditAction::TokenFetch;
    for (object, action, expected) in [
        (Some(one.clone()), None, vec![5, 4, 3, 0]),
        (Some(two.clone()), None, vec![1]),
        (None, Some(AuditAction::CredentialCreate), vec![1, 0]),
        (Some(one), Some(fetch), vec![5, 3]),
        (Some(two), Some(fetch), vec![]),
        (None, Some(AuditAction::KeyRevoke), vec![]),
    ] {
        let query = AuditQuery {
            object,
            action,
            ..query(1)
        };
        let found = all_pages(store, query.clone()).await;
        let expected: Vec<_> = expected.into_iter().map(|it| entries[it].clone()).collect();
        assert_eq!(found, expected, "{query:?}");
    }
}

/// Alone and about one thing, on every page.
pub async fn token_requests_can_be_left_out(store: &dyn Store) {
    let (entries, one, _) = six(&Fixtures::default());
    add(store, &entries).await;
    for (object, expected) in [(None, vec![4, 2, 1, 0]), (Some(one), vec![4, 0])] {
        let query = AuditQuery {
            object,
            without_fetches: true,
            ..query(1)
        };
        let found = all_pages(store, query.clone()).await;
        let expected: Vec<_> = expected.into_iter().map(|it| entries[it].clone()).collect();
        assert_eq!(found, expected, "{query:?}");
    }
}

/// By a key, by a user, from a time on and before a time.
pub async fn actor_and_time_narrow(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (mut entries, _, _) = six(&fixtures);
    let key = fixtures.key("key").id;
    let user = fixtures.user("user").id;
    entries[1].actor = ActorRef::Key {
        id: key,
        name: "key".to_owned(),
    };
    entries[4].actor = ActorRef::User {
        id: user,
        name: "user".to_owned(),
    };
    add(store, &entries).await;
    let (third, last) = (entries[2].at, entries[5].at);
    for (actor, from, until, expected) in [
        (Some(key.to_string()), None, None, vec![1]),
        (Some(user.to_string()), None, None, vec![4]),
        (Some("usr_nobody".to_owned()), None, None, vec![]),
        (None, Some(third), None, vec![5, 4, 3, 2]),
        (None, None, Some(third), vec![1, 0]),
        (None, Some(third), Some(last), vec![4, 3, 2]),
    ] {
        let query = AuditQuery {
            actor,
            from,
            until,
            ..query(2)
        };
        let found = all_pages(store, query.clone()).await;
        let expected: Vec<_> = expected.into_iter().map(|it| entries[it].clone()).collect();
        assert_eq!(found, expected, "{query:?}");
    }
}

/// A second entry under its id is refused.
pub async fn an_entry_is_never_replaced(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (entries, one, _) = six(&fixtures);
    add(store, &entries[..1]).await;
    let other = AuditEntry {
        id: entries[0].id,
        ..fixtures.entry(AuditAction::TokenFetch, one)
    };
    let mut unit = store.write().await.unwrap();
    assert!(unit.audit().append(&other, &audit_chain(1)).await.is_err());
    unit.commit().await.unwrap();
    assert_eq!(all_pages(store, query(10)).await, entries[..1]);
}

/// A clock that jumps back puts no later entry before an earlier one.
pub async fn the_order_is_that_of_appending(store: &dyn Store) {
    let (entries, _, _) = six(&Fixtures::default());
    let appended: Vec<_> = [3, 0, 5, 1, 4, 2]
        .map(|it: usize| entries[it].clone())
        .into();
    add(store, &appended).await;
    let expected: Vec<_> = appended.into_iter().rev().collect();
    for limit in 1..=7 {
        assert_eq!(all_pages(store, query(limit)).await, expected, "{limit}");
    }
}
