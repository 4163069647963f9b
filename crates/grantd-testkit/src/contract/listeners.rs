//! Email listeners.

use grantd_model::mail::ActionAfter;
use grantd_model::{
    Listener, ListenerState, MailAction, MailDelivery, MailHour, MailKey, MailLetter, Revision,
    Timestamp,
};
use grantd_store::{ListenerQuery, Store, StoreError, Taken, WriteUnit};

use super::{add, first};
use crate::fixtures::Fixtures;

/// A credential, and a listener that uses it, both kept.
pub(super) async fn kept(store: &dyn Store, name: &str) -> (Fixtures, Listener) {
    let fixtures = Fixtures::default();
    let credential = fixtures.credential("mailer");
    add(store, &[&credential]).await;
    let listener = fixtures.listener(name, &credential);
    put(store, &[&listener]).await;
    (fixtures, listener)
}

pub(super) async fn put(store: &dyn Store, listeners: &[&Listener]) {
    let mut unit = store.write().await.unwrap();
    for listener in listeners {
        unit.listeners().insert(listener).await.unwrap();
    }
    unit.commit().await.unwrap();
}

pub(super) fn key(letter: char) -> MailKey {
    MailKey::new(letter.to_string().repeat(32)).unwrap()
}

fn wanted(part: Option<&str>, limit: u32) -> ListenerQuery {
    ListenerQuery {
        part: part.map(str::to_owned),
        credential: None,
        page: first(limit),
    }
}

/// By id, by slug, and after a change.
pub async fn a_listener_comes_back_as_it_was_put(store: &dyn Store) {
    let (_, listener) = kept(store, "Orders").await;
    let mut unit = store.read().await.unwrap();
    let by_id = unit.listeners().by_id(listener.id).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&listener));
    let by_slug = unit.listeners().by_slug(&listener.slug).await.unwrap();
    assert_eq!(by_slug.as_ref(), Some(&listener));
    drop(unit);
    let mut changed = Listener {
        paused: true,
        revision: Revision(2),
        ..listener.clone()
    };
    changed.settings.batch = 7;
    let mut unit = store.write().await.unwrap();
    let update = unit.listeners().update(&changed, Revision(1)).await;
    update.unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    assert_eq!(unit.listeners().all().await.unwrap(), [changed]);
}

/// Names without regard to case.
pub async fn names_and_slugs_of_listeners_are_taken(store: &dyn Store) {
    let (fixtures, one) = kept(store, "Orders").await;
    let mut two = Listener {
        id: fixtures.listener("x", &fixtures.credential("x")).id,
        ..one.clone()
    };
    two.settings.name = "ORDERS".try_into().unwrap();
    two.slug = "other".try_into().unwrap();
    let mut unit = store.write().await.unwrap();
    let taken = unit.listeners().insert(&two).await;
    assert!(
        matches!(taken, Err(StoreError::Taken(Taken::Name))),
        "{taken:?}"
    );
    two.settings.name = "Other".try_into().unwrap();
    two.slug = one.slug.clone();
    let taken = unit.listeners().insert(&two).await;
    assert!(
        matches!(taken, Err(StoreError::Taken(Taken::Slug))),
        "{taken:?}"
    );
}

/// So is its deletion.
pub async fn a_stale_change_of_a_listener_is_refused(store: &dyn Store) {
    let (_, one) = kept(store, "Orders").await;
    let mut unit = store.write().await.unwrap();
    let stale = unit.listeners().update(&one, Revision(2)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let stale = unit.listeners().delete(one.id, Revision(2)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let gone = unit.listeners().delete(one.id, Revision(1)).await;
    gone.unwrap();
    let gone = unit.listeners().delete(one.id, Revision(1)).await;
    assert!(matches!(gone, Err(StoreError::Stale)), "{gone:?}");
}

/// Parts of name, slug and mailbox; and those of one credential.
pub async fn listeners_are_paged_by_name_and_found_by_parts(store: &dyn Store) {
    let (fixtures, _) = kept(store, "b").await;
    let other = fixtures.credential("other");
    add(store, &[&other]).await;
    let mut c = fixtures.listener("C mail", &other);
    c.settings.mailbox = "Shop@Example.net".try_into().unwrap();
    let a = fixtures.listener("a", &other);
    put(store, &[&c, &a]).await;
    let names = async |query: ListenerQuery| {
        let mut unit = store.read().await.unwrap();
        let page = unit.listeners().page(&query).await.unwrap();
        let names = page.items.iter().map(|it| it.settings.name.to_string());
        (names.collect::<Vec<_>>(), page.next)
    };
    let (page, next) = names(wanted(None, 2)).await;
    assert_eq!(page, ["a", "b"]);
    let mut rest = wanted(None, 2);
    rest.page.after = next;
    assert_eq!(names(rest).await, (vec!["C mail".to_owned()], None));
    for (part, expected) in [
        ("c MAIL", 1),
        ("c-mail", 1),
        ("shop@", 1),
        ("orders@", 2),
        ("zz", 0),
    ] {
        assert_eq!(
            names(wanted(Some(part), 9)).await.0.len(),
            expected,
            "{part}"
        );
    }
    let mut of_other = wanted(None, 9);
    of_other.credential = Some(other.id);
    assert_eq!(names(of_other).await.0, ["a", "C mail"]);
}

/// State, marks, deliveries, actions, letters and hours.
pub async fn what_a_listener_remembers_goes_with_it(store: &dyn Store) {
    let (_, one) = kept(store, "Orders").await;
    let mut unit = store.write().await.unwrap();
    remember(unit.as_mut(), &one).await;
    let gone = unit.listeners().delete(one.id, Revision(1)).await;
    gone.unwrap();
    unit.commit().await.unwrap();
    // one with the same id, as nobody ever makes it
    put(store, &[&one]).await;
    let mut unit = store.read().await.unwrap();
    let mut mail = unit.mail();
    assert_eq!(mail.state(one.id).await.unwrap(), None);
    assert!(mail.seen(one.id, &[[1; 16]]).await.unwrap().is_empty());
    assert_eq!(
        mail.waiting(one.id).await.unwrap(),
        grantd_store::Waiting::default()
    );
    assert!(
        mail.deliveries(one.id, &first(9))
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let ever = Timestamp::from_micros(0);
    assert!(mail.hours(one.id, ever).await.unwrap().is_empty());
}

/// One of everything.
async fn remember(unit: &mut dyn WriteUnit, one: &Listener) {
    let at = Timestamp::from_seconds(7200);
    let mut mail = unit.mail();
    mail.put_state(one.id, &ListenerState::default())
        .await
        .unwrap();
    mail.see(one.id, &[[1; 16]], at, false).await.unwrap();
    mail.add_deliveries(&[delivery(one, 'a', at)])
        .await
        .unwrap();
    mail.put_actions(&[action(one, 'a', at)]).await.unwrap();
    mail.put_letter(&letter(one, 'b', Some(at))).await.unwrap();
    let hour = MailHour {
        hour: at,
        delivered: 1,
        failed: 0,
        most_lag: std::time::Duration::ZERO,
    };
    mail.add_to_hour(one.id, &hour).await.unwrap();
}

pub(super) fn delivery(one: &Listener, name: char, at: Timestamp) -> MailDelivery {
    MailDelivery {
        listener: one.id,
        key: key(name),
        item: format!("item {name}"),
        at,
        received_at: Some(at),
        subject: "Ä subject".to_owned(),
        sender: "ann@example.com".to_owned(),
        size: 5,
        attachments: 2,
        took: std::time::Duration::from_millis(7),
        attempt: 1,
    }
}

pub(super) fn action(one: &Listener, name: char, due_at: Timestamp) -> MailAction {
    MailAction {
        listener: one.id,
        key: key(name),
        item: format!("item {name}"),
        what: ActionAfter::Delivered,
        attempts: 0,
        due_at,
        fault: None,
    }
}

pub(super) fn letter(one: &Listener, name: char, due_at: Option<Timestamp>) -> MailLetter {
    MailLetter {
        listener: one.id,
        key: key(name),
        item: format!("item {name}"),
        subject: "Subject".to_owned(),
        sender: "ann@example.com".to_owned(),
        received_at: None,
        first_at: Timestamp::from_seconds(u32::from(name).into()),
        last_at: Timestamp::from_seconds(9999),
        attempts: 3,
        due_at,
        class: "unreadable".to_owned(),
        detail: "it can not be read".to_owned(),
        again: false,
    }
}
