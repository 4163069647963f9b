//! Sessions, and the links that let somebody in once.

use std::time::Duration;

use grantd_model::{LinkPurpose, Session, SessionStage, SignInLink, Timestamp, User};
use grantd_store::Store;

use crate::fixtures::Fixtures;

async fn with_user(store: &dyn Store, fixtures: &Fixtures, name: &str) -> User {
    let user = fixtures.user(name);
    let mut unit = store.write().await.unwrap();
    unit.users().insert(&user).await.unwrap();
    unit.commit().await.unwrap();
    user
}

async fn add(store: &dyn Store, sessions: &[&Session]) {
    let mut unit = store.write().await.unwrap();
    for session in sessions {
        unit.sessions().insert(session).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn found(store: &dyn Store, session: &Session) -> Option<Session> {
    let mut unit = store.read().await.unwrap();
    unit.sessions().by_digest(&session.digest).await.unwrap()
}

/// With every field, at either stage; a session of nobody is refused.
pub async fn a_session_is_found_by_what_its_browser_shows(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let user = with_user(store, &fixtures, "one").await;
    let one = fixtures.session(user.id);
    let two = Session {
        stage: SessionStage::SecondFactor,
        address: String::new(),
        ..fixtures.session(user.id)
    };
    add(store, &[&one, &two]).await;
    for session in [one, two] {
        assert_eq!(found(store, &session).await, Some(session));
    }
    let of_nobody = fixtures.session(fixtures.user("nobody").id);
    assert_eq!(found(store, &of_nobody).await, None);
    let mut unit = store.write().await.unwrap();
    unit.sessions().insert(&of_nobody).await.unwrap_err();
}

/// One, all but one, all; those of others stay.
pub async fn sessions_of_a_user_are_listed_and_ended(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let user = with_user(store, &fixtures, "one").await;
    let other = with_user(store, &fixtures, "two").await;
    let own = [(); 4].map(|()| fixtures.session(user.id));
    let foreign = fixtures.session(other.id);
    add(store, &own.each_ref()).await;
    add(store, &[&foreign]).await;
    let mut unit = store.write().await.unwrap();
    let mut expected = own.to_vec();
    expected.reverse();
    assert_eq!(unit.sessions().of_user(user.id).await.unwrap(), expected);
    assert!(!unit.sessions().delete(other.id, own[0].id).await.unwrap());
    assert!(unit.sessions().delete(user.id, own[0].id).await.unwrap());
    assert!(!unit.sessions().delete(user.id, own[0].id).await.unwrap());
    let ended = unit.sessions().delete_of(user.id, Some(own[1].id)).await;
    assert_eq!(ended.unwrap(), 2);
    let left = unit.sessions().of_user(user.id).await.unwrap();
    assert_eq!(left, [own[1].clone()]);
    assert_eq!(unit.sessions().delete_of(user.id, None).await.unwrap(), 1);
    unit.commit().await.unwrap();
    assert_eq!(found(store, &own[1]).await, None);
    assert_eq!(found(store, &foreign).await, Some(foreign));
}

/// The newest stay, and so do those that are signed in and those of others.
pub async fn sessions_that_wait_are_trimmed(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let user = with_user(store, &fixtures, "one").await;
    let other = with_user(store, &fixtures, "two").await;
    let waiting = |user| Session {
        stage: SessionStage::SecondFactor,
        ..fixtures.session(user)
    };
    let own = [(); 4].map(|()| waiting(user.id));
    let (signed_in, foreign) = (fixtures.session(user.id), waiting(other.id));
    add(store, &own.each_ref()).await;
    add(store, &[&signed_in, &foreign]).await;
    let mut unit = store.write().await.unwrap();
    assert_eq!(
        unit.sessions().of_user(user.id).await.unwrap(),
        std::slice::from_ref(&signed_in)
    );
    assert_eq!(unit.sessions().trim_waiting(user.id, 4).await.unwrap(), 0);
    assert_eq!(unit.sessions().trim_waiting(user.id, 2).await.unwrap(), 2);
    unit.commit().await.unwrap();
    for (session, stays) in [
        (&own[0], false),
        (&own[1], false),
        (&own[2], true),
        (&own[3], true),
        (&signed_in, true),
        (&foreign, true),
    ] {
        assert_eq!(found(store, session).await.is_some(), stays);
    }
}

/// Whatever the clock does.
pub async fn being_seen_never_goes_back(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let user = with_user(store, &fixtures, "one").await;
    let session = fixtures.session(user.id);
    add(store, &[&session]).await;
    let later = session.seen_at.plus(Duration::from_secs(9));
    for (at, expected) in [(later, later), (session.seen_at, later)] {
        let mut unit = store.write().await.unwrap();
        unit.sessions().seen(session.id, at).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(found(store, &session).await.unwrap().seen_at, expected);
    }
}

/// At their end, and when nobody used them.
pub async fn what_is_over_is_pruned(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let user = with_user(store, &fixtures, "one").await;
    let at = Timestamp::from_seconds;
    let [idle, ended, kept] = [(10, 900), (90, 100), (90, 101)].map(|(seen, ends)| Session {
        seen_at: at(seen),
        ends_at: at(ends),
        ..fixtures.session(user.id)
    });
    add(store, &[&idle, &ended, &kept]).await;
    let mut unit = store.write().await.unwrap();
    assert_eq!(unit.sessions().prune(at(100), at(10)).await.unwrap(), 2);
    unit.commit().await.unwrap();
    assert_eq!(found(store, &idle).await, None);
    assert_eq!(found(store, &ended).await, None);
    assert_eq!(found(store, &kept).await, Some(kept));
}

/// Of every purpose, with a user and without.
pub async fn a_link_is_used_once(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let user = with_user(store, &fixtures, "one").await;
    for link in [
        fixtures.link(LinkPurpose::Setup, None),
        fixtures.link(LinkPurpose::Password, Some(user.id)),
        fixtures.link(LinkPurpose::SignIn, Some(user.id)),
    ] {
        let mut unit = store.write().await.unwrap();
        unit.links().insert(&link).await.unwrap();
        let found = unit.links().by_digest(&link.digest).await.unwrap();
        assert_eq!(found, Some(link.clone()));
        assert!(unit.links().delete(&link.digest).await.unwrap());
        assert!(!unit.links().delete(&link.digest).await.unwrap());
        let found = unit.links().by_digest(&link.digest).await.unwrap();
        assert_eq!(found, None);
    }
}

/// Those of others stay; what has ended is pruned.
pub async fn links_end_with_their_user(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let one = with_user(store, &fixtures, "one").await;
    let two = with_user(store, &fixtures, "two").await;
    let (setup, of_one, of_two) = (
        fixtures.link(LinkPurpose::Setup, None),
        fixtures.link(LinkPurpose::Password, Some(one.id)),
        fixtures.link(LinkPurpose::Password, Some(two.id)),
    );
    let mut unit = store.write().await.unwrap();
    for link in [&setup, &of_one, &of_two] {
        unit.links().insert(link).await.unwrap();
    }
    assert!(unit.users().delete(one.id).await.unwrap());
    let is_there = async |unit: &mut dyn grantd_store::WriteUnit, link: &SignInLink| {
        let found = unit.links().by_digest(&link.digest).await.unwrap();
        found.is_some()
    };
    assert!(!is_there(unit.as_mut(), &of_one).await);
    assert_eq!(unit.links().delete_of(None).await.unwrap(), 1);
    assert!(!is_there(unit.as_mut(), &setup).await);
    assert_eq!(unit.links().prune(of_two.expires_at).await.unwrap(), 1);
    assert!(!is_there(unit.as_mut(), &of_two).await);
    assert_eq!(unit.links().delete_of(Some(two.id)).await.unwrap(), 0);
}
