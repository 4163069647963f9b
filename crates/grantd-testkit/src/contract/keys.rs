//! API keys.

use grantd_model::ApiKey;
use grantd_store::{PageRequest, Store};

use super::{behind, first};
use crate::fixtures::Fixtures;

async fn add(store: &dyn Store, keys: &[ApiKey]) {
    let mut unit = store.write().await.unwrap();
    for key in keys {
        unit.keys().insert(key).await.unwrap();
    }
    unit.commit().await.unwrap();
}

/// With every field, with and without an end; an unknown one is none. Names need not be unique.
pub async fn a_key_comes_back(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let with_end = fixtures.key("B\u{fc}ro");
    let mut without = fixtures.key("B\u{fc}ro");
    without.expires_at = None;
    add(store, &[with_end.clone(), without.clone()]).await;
    let mut unit = store.read().await.unwrap();
    for key in [with_end, without] {
        let found = unit.keys().by_id(key.id).await.unwrap();
        assert_eq!(found, Some(key));
    }
    let unknown = fixtures.key("unknown").id;
    assert_eq!(unit.keys().by_id(unknown).await.unwrap(), None);
}

/// The first time counts.
pub async fn a_key_is_revoked_once(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (key, bystander) = (fixtures.key("a"), fixtures.key("b"));
    add(store, &[key.clone(), bystander.clone()]).await;
    let (at, later) = (fixtures.later(), fixtures.later());
    let mut unit = store.write().await.unwrap();
    assert!(unit.keys().revoke(key.id, at).await.unwrap());
    assert!(!unit.keys().revoke(key.id, later).await.unwrap());
    let unknown = fixtures.key("unknown").id;
    assert!(!unit.keys().revoke(unknown, at).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let found = unit.keys().by_id(key.id).await.unwrap();
    let revoked = ApiKey {
        revoked_at: Some(at),
        ..key
    };
    assert_eq!(found, Some(revoked));
    let found = unit.keys().by_id(bystander.id).await.unwrap();
    assert_eq!(found, Some(bystander));
}

/// Revoked ones too, and none twice at any page size.
pub async fn pages_are_newest_first(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let mut expected: Vec<ApiKey> = (0..5).map(|n| fixtures.key(&format!("k{n}"))).collect();
    expected[1].revoked_at = Some(fixtures.later());
    add(store, &expected).await;
    expected.reverse();
    for limit in 1..=6 {
        let mut found = Vec::new();
        let mut request = first(limit);
        loop {
            let mut unit = store.read().await.unwrap();
            let page = unit.keys().page(&request).await.unwrap();
            assert!(page.items.len() <= limit as usize);
            found.extend(page.items);
            let Some(next) = page.next else { break };
            request = behind(next, limit);
        }
        assert_eq!(found, expected, "{limit}");
    }
    let request: PageRequest = first(5);
    let mut unit = store.read().await.unwrap();
    let page = unit.keys().page(&request).await.unwrap();
    assert_eq!(
        page.next, None,
        "nothing is behind a last page that is full"
    );
}

/// A second key under it is refused, the first one stays.
pub async fn an_id_is_used_once(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let key = fixtures.key("a");
    add(store, std::slice::from_ref(&key)).await;
    let other = ApiKey {
        id: key.id,
        ..fixtures.key("b")
    };
    let mut unit = store.write().await.unwrap();
    assert!(unit.keys().insert(&other).await.is_err());
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    assert_eq!(unit.keys().by_id(key.id).await.unwrap(), Some(key));
}
