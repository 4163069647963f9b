//! Names without regard to case, and slugs, belong to one credential each.

use grantd_model::{Credential, Slug};
use grantd_store::{Store, StoreError, Taken};

use super::{add, everything, names, stored};
use crate::fixtures::Fixtures;

/// Adds it in a unit of its own, which is committed whatever the outcome.
async fn insert(store: &dyn Store, credential: &Credential) -> Result<(), StoreError> {
    let mut unit = store.write().await.unwrap();
    let done = unit.credentials().insert(credential).await;
    unit.commit().await.unwrap();
    done
}

fn slug(text: &str) -> Slug {
    text.try_into().unwrap()
}

/// ASCII and other letters.
pub async fn a_name_is_taken_without_regard_to_case(store: &dyn Store) {
    let fixtures = Fixtures::default();
    for (number, (kept, again)) in [
        ("Sales", "sALES"),
        ("\u{c4}PFEL", "\u{e4}pfel"),
        ("\u{416}\u{443}\u{43a}", "\u{436}\u{423}\u{41a}"),
        (
            "\u{39f}\u{394}\u{39f}\u{3a3}",
            "\u{3bf}\u{3b4}\u{3bf}\u{3c2}",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut first = fixtures.credential(kept);
        first.slug = slug(&format!("first-{number}"));
        insert(store, &first).await.unwrap();
        let mut second = fixtures.credential(again);
        second.slug = slug(&format!("second-{number}"));
        let refused = insert(store, &second).await;
        assert!(
            matches!(refused, Err(StoreError::Taken(Taken::Name))),
            "{again}: {refused:?}"
        );
    }
}

/// And reported as the slug.
pub async fn a_slug_is_taken(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let first = fixtures.credential("a");
    insert(store, &first).await.unwrap();
    let mut second = fixtures.credential("b");
    second.slug = first.slug;
    let refused = insert(store, &second).await;
    assert!(
        matches!(refused, Err(StoreError::Taken(Taken::Slug))),
        "{refused:?}"
    );
}

/// The one it has stays.
pub async fn an_update_can_take_no_others_name(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (first, second) = (fixtures.credential("first"), fixtures.credential("second"));
    add(store, &[&first, &second]).await;
    let mut renamed = second.clone();
    renamed.settings.name = "FIRST".try_into().unwrap();
    renamed.revision = second.revision.next();
    let mut unit = store.write().await.unwrap();
    let refused = unit.credentials().update(&renamed, second.revision).await;
    assert!(
        matches!(refused, Err(StoreError::Taken(Taken::Name))),
        "{refused:?}"
    );
    unit.commit().await.unwrap();
    assert_eq!(stored(store, second.id).await, Some(second));
}

/// It is no other's name.
pub async fn a_name_may_change_its_case(store: &dyn Store) {
    let before = Fixtures::default().credential("sales");
    add(store, &[&before]).await;
    let mut after = before.clone();
    after.settings.name = "Sales".try_into().unwrap();
    let mut unit = store.write().await.unwrap();
    let done = unit.credentials().update(&after, before.revision).await;
    done.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(names(store, &everything()).await, ["Sales"]);
}

/// No half of it, and what was done before it in the unit is kept.
pub async fn a_refused_row_leaves_nothing_behind(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (first, other) = (fixtures.full_credential("a"), fixtures.credential("b"));
    let mut second = fixtures.full_credential("A");
    second.slug = slug("c");
    let mut unit = store.write().await.unwrap();
    unit.credentials().insert(&first).await.unwrap();
    assert!(unit.credentials().insert(&second).await.is_err());
    unit.credentials().insert(&other).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(stored(store, second.id).await, None);
    assert_eq!(names(store, &everything()).await, ["a", "b"]);
    // under another name, nothing of it is in the way
    second.settings.name = "d".try_into().unwrap();
    insert(store, &second).await.unwrap();
    assert_eq!(stored(store, second.id).await, Some(second));
}

/// After a delete and after another name.
pub async fn names_and_slugs_are_free_again(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let first = fixtures.credential("a");
    add(store, &[&first]).await;
    let mut unit = store.write().await.unwrap();
    let gone = unit.credentials().delete(first.id, first.revision).await;
    gone.unwrap();
    let second = fixtures.credential("A");
    unit.credentials().insert(&second).await.unwrap();
    let mut renamed = second.clone();
    renamed.settings.name = "b".try_into().unwrap();
    let done = unit.credentials().update(&renamed, second.revision).await;
    done.unwrap();
    let mut third = fixtures.credential("a");
    third.slug = slug("third");
    unit.credentials().insert(&third).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(names(store, &everything()).await, ["a", "b"]);
}
