//! The installation's one row.

use grantd_store::Store;

use crate::fixtures::Fixtures;

/// With every field, for readers and writers.
pub async fn there_is_none_and_then_one(store: &dyn Store) {
    let installation = Fixtures::default().installation();
    let mut unit = store.write().await.unwrap();
    assert_eq!(unit.installation().get().await.unwrap(), None);
    unit.installation().insert(&installation).await.unwrap();
    let own = unit.installation().get().await.unwrap();
    assert_eq!(own.as_ref(), Some(&installation));
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let found = unit.installation().get().await.unwrap();
    assert_eq!(found, Some(installation));
}

/// Whatever its id, in the same unit and in a later one.
pub async fn there_is_never_a_second(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (first, second) = (fixtures.installation(), fixtures.installation());
    let mut unit = store.write().await.unwrap();
    unit.installation().insert(&first).await.unwrap();
    assert!(unit.installation().insert(&second).await.is_err());
    unit.commit().await.unwrap();
    let mut unit = store.write().await.unwrap();
    assert!(unit.installation().insert(&second).await.is_err());
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let found = unit.installation().get().await.unwrap();
    assert_eq!(found, Some(first));
}
