//! What email listeners remember.

use std::time::Duration;

use grantd_model::health::Failing;
use grantd_model::mail::ActionAfter;
use grantd_model::{
    ListenerPhase, ListenerState, MailAction, MailHour, MailLetter, PendingMail, Timestamp,
};
use grantd_store::{LetterFilter, Store, StoreError};

use super::first;
use super::listeners::{action, delivery, kept, key, letter, put};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// Whole and empty; for a listener that is there.
pub async fn how_far_a_listener_has_come_comes_back(store: &dyn Store) {
    let (fixtures, one) = kept(store, "one").await;
    let full = ListenerState {
        place: "orders@example.com inbox".to_owned(),
        folder: Some("AAMk-inbox".to_owned()),
        start: "Unread".to_owned(),
        cursor: Some("abc==".to_owned()),
        phase: ListenerPhase::Resyncing,
        began_at: Some(at(1)),
        looked_at: Some(at(2)),
        delivered_at: Some(at(3)),
        lag: Some(Duration::from_micros(4)),
        failing: Some(Failing {
            since: at(5),
            last_at: at(6),
            times: 7,
            class: "busy".to_owned(),
            detail: "wait".to_owned(),
            remedy: Some("nothing".to_owned()),
        }),
        next_look_at: Some(at(8)),
    };
    for state in [full, ListenerState::default()] {
        let mut unit = store.write().await.unwrap();
        unit.mail().put_state(one.id, &state).await.unwrap();
        unit.commit().await.unwrap();
        let mut unit = store.read().await.unwrap();
        assert_eq!(
            unit.mail().state(one.id).await.unwrap(),
            Some(state.clone())
        );
        assert_eq!(unit.mail().states().await.unwrap(), [(one.id, state)]);
    }
    let nobody = fixtures.listener("nobody", &fixtures.credential("x"));
    let mut unit = store.write().await.unwrap();
    let none = ListenerState::default();
    let refused = unit.mail().put_state(nobody.id, &none).await;
    assert!(matches!(refused, Err(StoreError::Database(_))));
}

/// Those of one are not those of another; forgotten, they are gone.
pub async fn marks_are_seen_by_listener(store: &dyn Store) {
    let (fixtures, one) = kept(store, "one").await;
    let mut two = fixtures.listener("two", &fixtures.credential("x"));
    two.settings.credential = one.settings.credential;
    put(store, &[&two]).await;
    let mut unit = store.write().await.unwrap();
    let marks = [[1; 16], [2; 16]];
    unit.mail().see(one.id, &marks, at(1), false).await.unwrap();
    unit.mail().see(one.id, &marks, at(5), false).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.write().await.unwrap();
    let asked = [[2; 16], [3; 16]];
    let seen = unit.mail().seen(one.id, &asked).await.unwrap();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [[2; 16]]);
    assert!(unit.mail().seen(two.id, &asked).await.unwrap().is_empty());
    let marks = [[2; 16], [4; 16]];
    unit.mail().see(one.id, &marks, at(6), true).await.unwrap();
    unit.mail().forget_passed_over(one.id).await.unwrap();
    // what was dealt with stays known, though it was passed over later
    let seen = unit.mail().seen(one.id, &marks).await.unwrap();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [[2; 16]]);
}

/// Decided once, delivered in order.
pub async fn what_is_pending_stays_as_it_was_decided(store: &dyn Store) {
    let (_, one) = kept(store, "one").await;
    let pending = |item: &str, received| PendingMail {
        item: item.to_owned(),
        lasting_id: Some(vec![1, 2]),
        message_id: Some(format!("<{item}>")),
        received_at: received,
    };
    let mut unit = store.write().await.unwrap();
    let all = [pending("b", Some(at(2))), pending("a", Some(at(1)))];
    unit.mail().add_pending(one.id, &all).await.unwrap();
    let again = [pending("a", None), pending("c", Some(at(3)))];
    unit.mail().add_pending(one.id, &again).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.write().await.unwrap();
    let first = unit.mail().pending(one.id, false, 2).await.unwrap();
    assert_eq!(
        first,
        [pending("a", Some(at(1))), pending("b", Some(at(2)))]
    );
    let newest = unit.mail().pending(one.id, true, 1).await.unwrap();
    assert_eq!(newest, [pending("c", Some(at(3)))]);
    // of one second that which the server told later is the older one
    let same = [pending("e", Some(at(9))), pending("d", Some(at(9)))];
    unit.mail().add_pending(one.id, &same).await.unwrap();
    let last = unit.mail().pending(one.id, false, 9).await.unwrap();
    let last: Vec<&str> = last.iter().map(|it| it.item.as_str()).collect();
    assert_eq!(last, ["a", "b", "c", "d", "e"]);
    let gone = ["d", "e"].map(str::to_owned);
    unit.mail().remove_pending(one.id, &gone).await.unwrap();
    let asked = ["a", "x"].map(str::to_owned);
    let of = unit.mail().pending_of(one.id, &asked).await.unwrap();
    assert_eq!(of.into_iter().collect::<Vec<_>>(), ["a"]);
    unit.mail().remove_pending(one.id, &asked).await.unwrap();
    assert_eq!(
        unit.mail().pending(one.id, false, 9).await.unwrap().len(),
        2
    );
    unit.mail().forget_passed_over(one.id).await.unwrap();
    assert!(
        unit.mail()
            .pending(one.id, false, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// The earliest first, one for each mail.
pub async fn actions_and_letters_are_due_in_their_order(store: &dyn Store) {
    let (_, one) = kept(store, "one").await;
    let mut unit = store.write().await.unwrap();
    for (name, due) in [('a', 30), ('b', 10), ('c', 99)] {
        unit.mail()
            .put_actions(&[action(&one, name, at(due))])
            .await
            .unwrap();
        let letter = letter(&one, name, Some(at(due)));
        unit.mail().put_letter(&letter).await.unwrap();
    }
    let later = MailAction {
        what: ActionAfter::GivenUp,
        attempts: 4,
        fault: Some("busy".to_owned()),
        ..action(&one, 'a', at(20))
    };
    unit.mail()
        .put_actions(std::slice::from_ref(&later))
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.write().await.unwrap();
    let due = unit.mail().due_actions(one.id, at(30), 10).await.unwrap();
    assert_eq!(due, [action(&one, 'b', at(10)), later]);
    let due = unit.mail().due_actions(one.id, at(30), 1).await.unwrap();
    assert_eq!(due.len(), 1);
    let by = LetterFilter::DueBy(at(30));
    let letters = unit.mail().letters(one.id, by, 10).await.unwrap();
    let keys: Vec<_> = letters.into_iter().map(|it| it.key).collect();
    assert_eq!(keys, [key('b'), key('a')]);
    unit.mail()
        .remove_actions(one.id, &[key('b')])
        .await
        .unwrap();
    let due = unit.mail().due_actions(one.id, at(15), 10).await.unwrap();
    assert!(due.is_empty());
    assert!(unit.mail().remove_letter(one.id, &key('b')).await.unwrap());
    assert!(!unit.mail().remove_letter(one.id, &key('b')).await.unwrap());
}

/// With the time when the next is due.
pub async fn what_waits_is_counted(store: &dyn Store) {
    let (_, one) = kept(store, "one").await;
    let mut unit = store.write().await.unwrap();
    let waiting = unit.mail().waiting(one.id).await.unwrap();
    assert_eq!(waiting, grantd_store::Waiting::default());
    unit.mail()
        .put_actions(&[action(&one, 'a', at(30))])
        .await
        .unwrap();
    for (name, due) in [('b', Some(at(20))), ('c', None), ('d', None)] {
        unit.mail()
            .put_letter(&letter(&one, name, due))
            .await
            .unwrap();
    }
    let waiting = unit.mail().waiting(one.id).await.unwrap();
    assert_eq!(waiting.next_at, Some(at(20)));
    let counts = (waiting.actions, waiting.retrying, waiting.given_up);
    assert_eq!(counts, (1, 1, 2));
    assert_eq!(waiting.action_fault, None);
    for (name, attempts, fault) in [
        ('e', 1, Some("once")),
        ('f', 3, Some("often")),
        ('g', 9, None),
    ] {
        let action = MailAction {
            attempts,
            fault: fault.map(str::to_owned),
            ..action(&one, name, at(40))
        };
        unit.mail()
            .put_actions(std::slice::from_ref(&action))
            .await
            .unwrap();
    }
    let waiting = unit.mail().waiting(one.id).await.unwrap();
    assert_eq!(waiting.action_fault.as_deref(), Some("often"));
    let given_up = unit.mail().letters(one.id, LetterFilter::GivenUp, 9).await;
    let keys: Vec<_> = given_up.unwrap().into_iter().map(|it| it.key).collect();
    assert_eq!(keys, [key('d'), key('c')], "the newest first");
    let all = unit.mail().letters(one.id, LetterFilter::All, 9).await;
    assert_eq!(all.unwrap().len(), 3);
    let one_letter = unit.mail().letter(one.id, &key('c')).await.unwrap();
    assert_eq!(one_letter, Some(letter(&one, 'c', None)));
    let moved = unit.mail().moved(one.id, &key('c'), "elsewhere").await;
    moved.unwrap();
    let one_letter = unit.mail().letter(one.id, &key('c')).await.unwrap();
    assert_eq!(one_letter.unwrap().item, "elsewhere");
}

/// Of letters that are tried again and of what is pending, where it came since the listener began.
pub async fn the_oldest_mail_that_waits_is_told(store: &dyn Store) {
    let (_, one) = kept(store, "one").await;
    let mut unit = store.write().await.unwrap();
    let pending = |item: &str, received| PendingMail {
        item: item.to_owned(),
        lasting_id: None,
        message_id: None,
        received_at: Some(received),
    };
    let all = [pending("a", at(9)), pending("b", at(30))];
    unit.mail().add_pending(one.id, &all).await.unwrap();
    for (name, received, due, again) in [
        ('a', 8, Some(at(99)), false),
        ('b', 12, None, false),
        ('c', 13, Some(at(99)), true),
        ('d', 20, Some(at(99)), false),
    ] {
        let letter = MailLetter {
            received_at: Some(at(received)),
            again,
            ..letter(&one, name, due)
        };
        unit.mail().put_letter(&letter).await.unwrap();
    }
    let mut mail = unit.mail();
    let oldest = mail.waiting(one.id).await.unwrap().oldest_at;
    assert_eq!(oldest, None, "it has not begun");
    let state = ListenerState {
        began_at: Some(at(10)),
        ..ListenerState::default()
    };
    mail.put_state(one.id, &state).await.unwrap();
    let oldest = mail.waiting(one.id).await.unwrap().oldest_at;
    assert_eq!(oldest, Some(at(20)));
    mail.remove_letter(one.id, &key('d')).await.unwrap();
    let oldest = mail.waiting(one.id).await.unwrap().oldest_at;
    assert_eq!(oldest, Some(at(30)));
}

/// In the order in which they were written; one by its key.
pub async fn deliveries_are_paged_newest_first(store: &dyn Store) {
    let (_, one) = kept(store, "one").await;
    let mut unit = store.write().await.unwrap();
    for (name, when) in [('a', 1), ('b', 2), ('c', 2), ('a', 3)] {
        let delivery = delivery(&one, name, at(when));
        unit.mail()
            .add_deliveries(std::slice::from_ref(&delivery))
            .await
            .unwrap();
    }
    unit.mail()
        .moved(one.id, &key('b'), "elsewhere")
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let mut page = first(3);
    let newest = unit.mail().deliveries(one.id, &page).await.unwrap();
    let keys: Vec<_> = newest.items.iter().map(|it| it.key.clone()).collect();
    assert_eq!(keys, [key('a'), key('c'), key('b')]);
    assert_eq!(newest.items[2].item, "elsewhere");
    assert_eq!(newest.items[1], delivery(&one, 'c', at(2)));
    page.after = newest.next;
    let rest = unit.mail().deliveries(one.id, &page).await.unwrap();
    assert_eq!(rest.items, [delivery(&one, 'a', at(1))]);
    assert_eq!(rest.next, None);
    let last = unit.mail().delivery(one.id, &key('a')).await.unwrap();
    assert_eq!(last.unwrap().at, at(3));
}

/// The longest wait of an hour stays.
pub async fn hours_of_mail_add_up(store: &dyn Store) {
    let (_, one) = kept(store, "one").await;
    let hour = |at, delivered, failed, lag| MailHour {
        hour: at,
        delivered,
        failed,
        most_lag: Duration::from_secs(lag),
    };
    let mut unit = store.write().await.unwrap();
    for it in [
        hour(at(3600), 1, 0, 5),
        hour(at(3600), 2, 1, 3),
        hour(at(7200), 1, 0, 0),
    ] {
        unit.mail().add_to_hour(one.id, &it).await.unwrap();
    }
    let hours = unit.mail().hours(one.id, at(0)).await.unwrap();
    assert_eq!(hours, [hour(at(3600), 3, 1, 5), hour(at(7200), 1, 0, 0)]);
    assert_eq!(unit.mail().hours(one.id, at(7200)).await.unwrap().len(), 1);
}

/// Actions and letters are no memories.
pub async fn old_memories_are_pruned_and_what_waits_stays(store: &dyn Store) {
    let (_, one) = kept(store, "one").await;
    let mut unit = store.write().await.unwrap();
    let mut mail = unit.mail();
    mail.see(one.id, &[[1; 16]], at(10), false).await.unwrap();
    mail.see(one.id, &[[2; 16]], at(20_000), false)
        .await
        .unwrap();
    mail.add_deliveries(&[delivery(&one, 'a', at(10))])
        .await
        .unwrap();
    mail.add_deliveries(&[delivery(&one, 'b', at(20_000))])
        .await
        .unwrap();
    mail.put_actions(&[action(&one, 'a', at(10))])
        .await
        .unwrap();
    mail.put_letter(&letter(&one, 'c', None)).await.unwrap();
    for hour in [at(0), at(18_000)] {
        let hour = MailHour {
            hour,
            delivered: 1,
            failed: 0,
            most_lag: Duration::ZERO,
        };
        mail.add_to_hour(one.id, &hour).await.unwrap();
    }
    assert_eq!(mail.prune(at(15_000), 100).await.unwrap(), 3);
    assert_eq!(mail.prune(at(15_000), 100).await.unwrap(), 0);
    let seen = mail.seen(one.id, &[[1; 16], [2; 16]]).await.unwrap();
    assert_eq!(seen.len(), 1);
    let left = mail.deliveries(one.id, &first(9)).await.unwrap();
    assert_eq!(left.items.len(), 1);
    assert_eq!(mail.hours(one.id, at(0)).await.unwrap().len(), 1);
    let waiting = mail.waiting(one.id).await.unwrap();
    assert_eq!((waiting.actions, waiting.given_up), (1, 1));
    assert_eq!(mail.troubled(9).await.unwrap(), [one.id]);
    assert_eq!(mail.troubled(0).await.unwrap(), []);
}
