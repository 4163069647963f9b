//! People who sign in.

use grantd_model::{Role, SecondFactor, User};
use grantd_store::{Store, StoreError, Taken};

use super::{behind, first};
use crate::fixtures::Fixtures;

async fn add(store: &dyn Store, users: &[&User]) {
    let mut unit = store.write().await.unwrap();
    for user in users {
        unit.users().insert(user).await.unwrap();
    }
    unit.commit().await.unwrap();
}

/// With everything and with nothing that may be absent; an unknown one is none.
pub async fn a_user_comes_back(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (full, bare) = (fixtures.full_user("J\u{fc}rgen"), fixtures.user("bare"));
    add(store, &[&full, &bare]).await;
    let mut unit = store.read().await.unwrap();
    for user in [&full, &bare] {
        let found = unit.users().by_id(user.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(user));
    }
    let found = unit.users().by_name("J\u{dc}RGEN").await.unwrap();
    assert_eq!(found, Some(full));
    assert_eq!(unit.users().by_name("nobody").await.unwrap(), None);
    let unknown = fixtures.user("unknown").id;
    assert_eq!(unit.users().by_id(unknown).await.unwrap(), None);
}

/// For a new one, and for one that is renamed.
pub async fn a_user_name_is_taken_without_regard_to_case(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, two) = (fixtures.user("one"), fixtures.user("two"));
    add(store, &[&one, &two]).await;
    let mut unit = store.write().await.unwrap();
    let again = fixtures.user("ONE");
    let inserted = unit.users().insert(&again).await;
    assert!(matches!(inserted, Err(StoreError::Taken(Taken::UserName))));
    drop(unit);
    let mut unit = store.write().await.unwrap();
    let renamed = User {
        name: "One".try_into().unwrap(),
        ..two
    };
    let updated = unit.users().update(&renamed).await;
    assert!(matches!(updated, Err(StoreError::Taken(Taken::UserName))));
}

/// At every page size.
pub async fn users_are_paged_by_name(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let users = ["delta", "Alpha", "beta", "Gamma"].map(|name| fixtures.user(name));
    add(store, &users.each_ref()).await;
    for limit in 1..=5 {
        let (mut found, mut request) = (Vec::new(), first(limit));
        loop {
            let mut unit = store.read().await.unwrap();
            let page = unit.users().page(&request).await.unwrap();
            found.extend(page.items.into_iter().map(|user| user.name.to_string()));
            let Some(next) = page.next else { break };
            request = behind(next, limit);
        }
        assert_eq!(found, ["Alpha", "beta", "delta", "Gamma"], "{limit}");
    }
}

/// One that is not there is told of.
pub async fn an_update_replaces_all_but_the_creation(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (before, after) = (fixtures.user("before"), fixtures.full_user("after"));
    add(store, &[&before]).await;
    let after = User {
        id: before.id,
        ..after
    };
    let mut unit = store.write().await.unwrap();
    assert!(unit.users().update(&after).await.unwrap());
    let unknown = fixtures.user("unknown");
    assert!(!unit.users().update(&unknown).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let expected = User {
        created: before.created,
        ..after
    };
    let found = unit.users().by_id(before.id).await.unwrap();
    assert_eq!(found, Some(expected));
}

/// Enabled, admin, and with a password.
pub async fn working_admins_are_counted(store: &dyn Store) {
    let fixtures = Fixtures::default();
    for (number, (role, enabled, password)) in [
        (Role::Admin, true, true),
        (Role::Admin, true, true),
        (Role::Admin, false, true),
        (Role::Admin, true, false),
        (Role::Editor, true, true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut user = fixtures.full_user(&format!("user{number}"));
        user.role = role;
        user.enabled = enabled;
        user.password = user.password.filter(|_| password);
        add(store, &[&user]).await;
    }
    let mut unit = store.read().await.unwrap();
    assert_eq!(unit.users().count_working_admins().await.unwrap(), 2);
}

/// Not even after it was removed.
pub async fn a_factor_version_is_never_used_again(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let mut user = fixtures.full_user("one");
    let factor = user.second_factor.clone().unwrap();
    let last = factor.version;
    add(store, &[&user]).await;
    for version in [None, Some(last + 1), None] {
        user.second_factor = version.map(|version| SecondFactor {
            version,
            ..factor.clone()
        });
        let mut unit = store.write().await.unwrap();
        assert!(unit.users().update(&user).await.unwrap());
        let next = unit.users().next_factor_version(user.id).await.unwrap();
        assert!(next > last, "{next}");
        unit.commit().await.unwrap();
    }
    let mut unit = store.write().await.unwrap();
    let next = unit.users().next_factor_version(user.id).await.unwrap();
    assert_eq!(next, last + 2);
}

/// And there is none any more.
pub async fn a_deleted_user_takes_sessions_along(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let user = fixtures.full_user("one");
    add(store, &[&user]).await;
    let session = fixtures.session(user.id);
    let mut unit = store.write().await.unwrap();
    unit.sessions().insert(&session).await.unwrap();
    assert!(unit.users().delete(user.id).await.unwrap());
    assert!(!unit.users().delete(user.id).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let found = unit.sessions().by_digest(&session.digest).await.unwrap();
    assert_eq!(found, None);
    assert_eq!(unit.users().by_id(user.id).await.unwrap(), None);
}
