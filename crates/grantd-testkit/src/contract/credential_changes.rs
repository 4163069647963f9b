//! Update, delete, and the note that a secret was used.

use grantd_model::{Credential, Revision};
use grantd_store::{Store, StoreError};

use super::{add, stored};
use crate::fixtures::Fixtures;

async fn update(
    store: &dyn Store,
    credential: &Credential,
    expected: Revision,
) -> Result<(), StoreError> {
    let mut unit = store.write().await.unwrap();
    let done = unit.credentials().update(credential, expected).await;
    unit.commit().await.unwrap();
    done
}

async fn delete(
    store: &dyn Store,
    credential: &Credential,
    expected: Revision,
) -> Result<(), StoreError> {
    let mut unit = store.write().await.unwrap();
    let done = unit.credentials().delete(credential.id, expected).await;
    unit.commit().await.unwrap();
    done
}

/// What has the identity of one and everything else of the other.
fn as_update(of: &Credential, to: &Credential) -> Credential {
    Credential {
        id: of.id,
        slug: of.slug.clone(),
        created: of.created.clone(),
        ..to.clone()
    }
}

/// From everything to next to nothing, and back.
pub async fn an_update_replaces_every_field(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let full = fixtures.full_credential("full");
    let bystander = fixtures.full_credential("bystander");
    add(store, &[&full, &bystander]).await;
    let plain = as_update(&full, &fixtures.credential("plain"));
    update(store, &plain, full.revision).await.unwrap();
    assert_eq!(stored(store, full.id).await.as_ref(), Some(&plain));
    update(store, &full, plain.revision).await.unwrap();
    assert_eq!(stored(store, full.id).await, Some(full));
    assert_eq!(stored(store, bystander.id).await, Some(bystander));
}

/// They never change.
pub async fn an_update_leaves_slug_and_creation(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let before = fixtures.credential("a");
    add(store, &[&before]).await;
    let other = fixtures.full_credential("b");
    let wanted = Credential {
        id: before.id,
        ..other.clone()
    };
    update(store, &wanted, before.revision).await.unwrap();
    let kept = stored(store, before.id).await.unwrap();
    assert_eq!(kept, as_update(&before, &other));
}

/// Nothing is changed then.
pub async fn an_update_of_another_revision_is_stale(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let mut before = fixtures.credential("a");
    before.revision = Revision(3);
    add(store, &[&before]).await;
    let after = as_update(&before, &fixtures.full_credential("b"));
    for expected in [Revision(2), Revision(4)] {
        let refused = update(store, &after, expected).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    }
    assert_eq!(stored(store, before.id).await, Some(before));
}

/// It does not come back.
pub async fn an_update_of_what_is_gone_is_stale(store: &dyn Store) {
    let credential = Fixtures::default().credential("a");
    let refused = update(store, &credential, credential.revision).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    assert_eq!(stored(store, credential.id).await, None);
}

/// As is one of what is gone.
pub async fn a_delete_of_another_revision_is_stale(store: &dyn Store) {
    let credential = Fixtures::default().credential("a");
    add(store, &[&credential]).await;
    let refused = delete(store, &credential, credential.revision.next()).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    assert!(stored(store, credential.id).await.is_some());
    let first = delete(store, &credential, credential.revision).await;
    first.unwrap();
    let second = delete(store, &credential, credential.revision).await;
    assert!(matches!(second, Err(StoreError::Stale)), "{second:?}");
}

/// Labels, secrets, parameters and headers: the same id begins anew without them.
pub async fn a_delete_takes_everything_along(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let full = fixtures.full_credential("a");
    let bystander = fixtures.full_credential("bystander");
    add(store, &[&full, &bystander]).await;
    delete(store, &full, full.revision).await.unwrap();
    assert_eq!(stored(store, full.id).await, None);
    let plain = Credential {
        id: full.id,
        ..fixtures.credential("a")
    };
    add(store, &[&plain]).await;
    assert_eq!(stored(store, full.id).await, Some(plain));
    assert_eq!(stored(store, bystander.id).await, Some(bystander));
}

/// Not the revision, not the other secrets; for an unknown one nothing happens.
pub async fn a_used_secret_is_noted_and_nothing_else(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let before = fixtures.full_credential("a");
    let bystander = fixtures.full_credential("bystander");
    add(store, &[&before, &bystander]).await;
    let at = fixtures.later();
    let version = before.authentication.secret().next[0].version;
    let mut unit = store.write().await.unwrap();
    let mut credentials = unit.credentials();
    credentials
        .secret_used(before.id, version, at)
        .await
        .unwrap();
    credentials.secret_used(before.id, 99, at).await.unwrap();
    let unknown = fixtures.credential("unknown").id;
    credentials.secret_used(unknown, 1, at).await.unwrap();
    drop(credentials);
    unit.commit().await.unwrap();

    let mut secrets = before.authentication.clone().into_secret();
    secrets.next[0].last_used_at = Some(at);
    let noted = Credential {
        authentication: before.authentication.method().with_secret(secrets),
        ..before
    };
    assert_eq!(stored(store, noted.id).await, Some(noted));
    assert_eq!(stored(store, bystander.id).await, Some(bystander));
}
