//! Which mail is the first, and what becomes of mail that is moved about.

use grantd_model::{Clock, ListenerDraft};

use crate::rig::{MAILBOX, Rig, plain};

#[tokio::test]
async fn from_now_on_what_was_there_before_is_left_alone() {
    let rig = Rig::start().await;
    rig.mail(plain("before"));
    rig.seconds_pass().await;
    let listener = rig.listen(|draft| draft.start = "now".to_owned()).await;
    rig.works_again(&listener).await;
    rig.mail(plain("after"));
    assert_eq!(rig.delivered(1).await, ["after"]);
    rig.a_while().await;
    assert_eq!(rig.subjects(), ["after"]);
}

#[tokio::test]
async fn from_a_date_on_what_is_older_is_left_alone() {
    let rig = Rig::start().await;
    rig.mail(plain("older"));
    rig.seconds_pass().await;
    let start = rig.clock.now();
    rig.mail(plain("newer"));
    rig.listen(|draft| {
        let whole = grantd_model::Timestamp::from_seconds(start.as_seconds());
        draft.start = whole.to_string();
    })
    .await;
    assert_eq!(rig.delivered(1).await, ["newer"]);
}

#[tokio::test]
async fn hundreds_that_are_there_are_delivered_page_by_page() {
    let rig = Rig::start().await;
    for number in 0..600 {
        rig.mail(plain(&format!("{number:03}")));
    }
    let listener = rig.listen(|draft| draft.batch = 100).await;
    assert_eq!(rig.delivered(600).await.len(), 600);
    let following = async || {
        rig.standing(&listener).await.state.phase == grantd_model::ListenerPhase::Following
    };
    rig.until("that it follows", following).await;
    rig.mail(plain("one more"));
    rig.delivered(601).await;
}

#[tokio::test]
async fn mail_that_is_moved_away_and_back_is_the_same_mail() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.mail(plain("travels"));
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert!(rig.sandbox.move_mail(MAILBOX, "travels", "drafts"));
    rig.a_while().await;
    assert!(rig.sandbox.move_mail(MAILBOX, "travels", "inbox"));
    rig.mail(plain("another"));
    assert_eq!(rig.delivered(2).await, ["another", "travels"]);
    rig.settled(&listener).await;
    let before = rig.sandbox.mail_counts()["GetItem"];
    rig.a_while().await;
    // it is recognised by what it keeps, without a look at it
    assert_eq!(rig.sandbox.mail_counts()["GetItem"], before);
    let listed = rig
        .engine
        .list_deliveries(
            &grantd_model::Actor::System,
            &grantd_engine::ListenerRef::Id(listener.id),
            10,
            None,
        )
        .await
        .unwrap();
    assert_eq!(listed.items.len(), 2);
}

#[tokio::test]
async fn a_server_without_search_keys_is_no_excuse_to_deliver_twice() {
    let rig = Rig::start().await;
    rig.sandbox.without_search_keys();
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.mail(plain("travels"));
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert!(rig.sandbox.move_mail(MAILBOX, "travels", "drafts"));
    rig.a_while().await;
    assert!(rig.sandbox.move_mail(MAILBOX, "travels", "inbox"));
    rig.mail(plain("another"));
    assert_eq!(rig.delivered(2).await, ["another", "travels"]);
    rig.settled(&listener).await;
    let wanted = grantd_engine::ListenerRef::Id(listener.id);
    let system = grantd_model::Actor::System;
    let listed = rig.engine.list_deliveries(&system, &wanted, 10, None).await;
    assert_eq!(listed.unwrap().items.len(), 2);
}

#[tokio::test]
async fn what_people_do_with_a_mail_does_not_deliver_it_again() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.mail(plain("handled"));
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert!(rig.sandbox.mark_unread(MAILBOX, "handled"));
    assert!(rig.sandbox.categorise(MAILBOX, "handled", "Red"));
    rig.mail(plain("another"));
    assert_eq!(rig.delivered(2).await, ["another", "handled"]);
    rig.settled(&listener).await;
    rig.a_while().await;
    let wanted = grantd_engine::ListenerRef::Id(listener.id);
    let system = grantd_model::Actor::System;
    let listed = rig.engine.list_deliveries(&system, &wanted, 10, None).await;
    assert_eq!(listed.unwrap().items.len(), 2);
    // and what they did is left as it is
    let mails = rig.sandbox.mails(MAILBOX, "inbox");
    let handled = mails.iter().find(|it| it.subject == "handled").unwrap();
    assert!(!handled.is_read);
    assert_eq!(handled.categories, ["Red"]);
}

#[tokio::test]
async fn mail_that_is_moved_in_is_new() {
    let rig = Rig::start().await;
    let mail = plain("was elsewhere").into_bytes();
    rig.sandbox.put_mail(MAILBOX, "drafts", mail).unwrap();
    rig.seconds_pass().await;
    let listener = rig.listen(|draft| draft.start = "now".to_owned()).await;
    rig.works_again(&listener).await;
    assert!(rig.sandbox.move_mail(MAILBOX, "was elsewhere", "inbox"));
    assert_eq!(rig.delivered(1).await, ["was elsewhere"]);
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_changes_nothing() {
    for shift in [3600, -3600] {
        let rig = Rig::start().await;
        rig.mail(plain("before"));
        rig.seconds_pass().await;
        rig.clock.shift(shift);
        let listener = rig.listen(|draft| draft.start = "now".to_owned()).await;
        rig.works_again(&listener).await;
        rig.mail(plain("after"));
        assert_eq!(rig.delivered(1).await, ["after"], "{shift}");
        // it jumps while the listener runs
        rig.clock.shift(0);
        rig.mail(plain("later"));
        assert_eq!(rig.delivered(2).await, ["after", "later"], "{shift}");
        rig.a_while().await;
        assert_eq!(rig.subjects().len(), 2);
        rig.settled(&listener).await;
    }
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let mut rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.mail(plain("one"));
    rig.delivered(1).await;
    rig.halt().await;
    rig.mail(plain("while it was down"));
    rig.run();
    assert_eq!(rig.delivered(2).await, ["one", "while it was down"]);
    rig.settled(&listener).await;
    rig.a_while().await;
    assert_eq!(rig.subjects().len(), 2);
}

#[tokio::test]
async fn another_folder_begins_anew() {
    let rig = Rig::start().await;
    assert!(rig.sandbox.add_mail_folder(MAILBOX, "inbox", "Orders"));
    let listener = rig.listen(|_| {}).await;
    rig.mail(plain("in the inbox"));
    rig.delivered(1).await;
    rig.settled(&listener).await;
    let mail = plain("in Orders").into_bytes();
    rig.sandbox.put_mail(MAILBOX, "Orders", mail).unwrap();
    let draft = ListenerDraft {
        folder: "inbox/orders".to_owned(),
        ..ListenerDraft::of(&listener.settings)
    };
    let wanted = grantd_engine::ListenerRef::Id(listener.id);
    let changed = rig
        .engine
        .update_listener(
            &grantd_model::Actor::System,
            &wanted,
            listener.revision,
            &draft,
        )
        .await;
    changed.unwrap();
    assert_eq!(rig.delivered(2).await, ["in Orders", "in the inbox"]);
}
