//! What could hold up a listener and does not: one mail, one action, one place, people who change
//! something.

use std::time::Duration;

use grantd_engine::ListenerRef;
use grantd_model::{
    Actor, AuthenticationMethod, Listener, MailKey, MailLetter, Secret, SecretInput,
};
use grantd_sandbox::MailFaultKind;
use grantd_testkit::fixtures::minimal;

use crate::rig::{MAILBOX, Rig, by_id, plain, with_attachment};

fn code(code: &str) -> MailFaultKind {
    MailFaultKind::Code {
        code: code.to_owned(),
        inner: None,
        back_off_ms: None,
    }
}

async fn letters(rig: &Rig, listener: &Listener) -> Vec<MailLetter> {
    let wanted = ListenerRef::Id(listener.id);
    let letters = rig.engine.list_letters(&Actor::System, &wanted, false);
    letters.await.unwrap()
}

async fn replay(rig: &Rig, listener: &Listener, key: &MailKey) {
    let wanted = ListenerRef::Id(listener.id);
    let replay = rig.engine.replay_mail(&Actor::System, &wanted, key);
    replay.await.unwrap();
}

/// Whatever the server says to one mail again and again, the others are delivered at once, the one is
/// set aside after three looks, and can be had when the server has come to its senses.
#[tokio::test]
async fn one_mail_that_the_server_stumbles_over_holds_up_no_other() {
    for (kind, times, class) in [
        (code("ErrorInternalServerError"), 3, "server_fault"),
        (code("ErrorTimeoutExpired"), 3, "timed_out"),
        (code("ErrorNobodyEverHeardOf"), 3, "unknown_code"),
        // the answer for all, and that for the one alone
        (MailFaultKind::Truncated, 6, "closed_early"),
    ] {
        let rig = Rig::start().await;
        for name in ["one", "bad", "two"] {
            rig.mail(plain(name));
        }
        rig.fault_at("bad", "GetItem", Some(times), kind.clone());
        let listener = rig.listen(|_| {}).await;
        assert_eq!(rig.delivered(1).await[0], "one", "{kind:?}");
        let aside = async || rig.standing(&listener).await.waiting.retrying == 1;
        rig.until("that it is set aside", aside).await;
        assert_eq!(rig.delivered(2).await, ["one", "two"], "{kind:?}");
        rig.works_again(&listener).await;
        let letter = letters(&rig, &listener).await.remove(0);
        assert_eq!(letter.class, class, "{kind:?}: {}", letter.detail);
        rig.mail(plain("three"));
        assert_eq!(rig.delivered(3).await, ["one", "three", "two"], "{kind:?}");
        replay(&rig, &listener, &letter.key).await;
        assert_eq!(rig.delivered(4).await, ["bad", "one", "three", "two"]);
        // it is delivered before it is remembered
        let settled = async || letters(&rig, &listener).await.is_empty();
        rig.until("that it is no letter any more", settled).await;
    }
}

/// The same where its summary can be had, and its content can not.
#[tokio::test]
async fn one_content_that_the_server_stumbles_over_holds_up_no_other() {
    let rig = Rig::start().await;
    for name in ["one", "bad", "two"] {
        rig.mail(plain(name));
    }
    // in each of three looks: together with the others, and alone
    for times in [2, 2, 2] {
        rig.fault_later(("bad", "GetItem"), (1, times), MailFaultKind::Truncated);
    }
    let listener = rig.listen(|_| {}).await;
    let aside = async || rig.standing(&listener).await.waiting.retrying == 1;
    rig.until("that it is set aside", aside).await;
    assert_eq!(rig.delivered(2).await, ["one", "two"]);
    let letter = letters(&rig, &listener).await.remove(0);
    assert_eq!(letter.subject, "bad");
}

#[tokio::test]
async fn what_can_not_be_done_afterwards_holds_up_no_delivery() {
    for strange in ["ErrorMoveCopyFailed", "ErrorInternalServerError"] {
        let rig = Rig::start().await;
        assert!(rig.sandbox.add_mail_folder(MAILBOX, "inbox", "Done"));
        rig.fault(Some("MoveItem"), None, code(strange));
        let listener = rig
            .listen(|draft| {
                draft.afterwards.then = "move".to_owned();
                draft.afterwards.folder = Some("inbox/Done".to_owned());
            })
            .await;
        rig.mail(plain("one"));
        rig.delivered(1).await;
        rig.mail(plain("two"));
        rig.delivered(2).await;
        let told = async || rig.standing(&listener).await.waiting.action_fault.is_some();
        rig.until("why it waits", told).await;
        let standing = rig.standing(&listener).await;
        assert!(standing.state.failing.is_none());
        let why = standing.waiting.action_fault.unwrap();
        assert!(why.contains(strange), "{why}");
    }
}

#[tokio::test]
async fn a_mail_that_was_given_up_and_moved_can_be_delivered_from_there() {
    let rig = Rig::start().await;
    assert!(rig.sandbox.add_mail_folder(MAILBOX, "inbox", "Failed"));
    rig.fault_at("bad", "GetItem", Some(1), code("ErrorCorruptData"));
    rig.mail(plain("bad"));
    let listener = rig
        .listen(|draft| {
            draft.retries.attempts = 1;
            draft.retries.folder = Some("inbox/Failed".to_owned());
        })
        .await;
    let moved = async || {
        rig.sandbox.mails(MAILBOX, "Failed").len() == 1
            && rig.standing(&listener).await.waiting.actions == 0
    };
    rig.until("that it is moved", moved).await;
    let letter = letters(&rig, &listener).await.remove(0);
    replay(&rig, &listener, &letter.key).await;
    assert_eq!(rig.delivered(1).await, ["bad"]);
    let none = async || letters(&rig, &listener).await.is_empty();
    rig.until("no letter", none).await;
}

#[tokio::test]
async fn what_a_maildir_can_not_take_holds_up_no_other() {
    let rig = Rig::start().await;
    rig.mail(with_attachment("large", "a.bin", &vec![7; 50_000]));
    rig.mail(plain("small"));
    let listener = rig
        .listen(|draft| {
            draft.delivery.layout = "maildir".to_owned();
            draft.content.most_mime_bytes = 10_000;
        })
        .await;
    let new = rig.spool().join("new");
    let one = async || std::fs::read_dir(&new).is_ok_and(|it| it.count() == 1);
    rig.until("the small one", one).await;
    let aside = async || rig.standing(&listener).await.waiting.retrying == 1;
    rig.until("that the large one is set aside", aside).await;
    let letter = letters(&rig, &listener).await.remove(0);
    assert_eq!(
        (letter.subject.as_str(), letter.class.as_str()),
        ("large", "no_mime")
    );
    assert!(letter.detail.contains("maildir"), "{}", letter.detail);
}

#[tokio::test]
async fn two_listeners_may_deliver_the_same_mail_to_the_same_place() {
    let rig = Rig::start().await;
    rig.listen(|draft| draft.content.mime = false).await;
    rig.listen(|draft| draft.name = "Another".to_owned()).await;
    rig.mail(plain("one"));
    assert_eq!(rig.delivered(2).await, ["one", "one"]);
    let envelopes = rig.envelopes();
    assert_ne!(envelopes[0]["key"], envelopes[1]["key"]);
    let with_mime = envelopes.iter().filter(|it| it["mime"].is_object());
    assert_eq!(with_mime.count(), 1);
}

#[tokio::test]
async fn a_changed_listener_begins_when_the_former_one_is_at_its_end() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    let before = rig.asked("SyncFolderItems");
    rig.fault(
        Some("SyncFolderItems"),
        Some(1),
        MailFaultKind::Slow { ms: 2500 },
    );
    let asked = async || rig.asked("SyncFolderItems") > before;
    rig.until("a slow look", asked).await;
    let asked = rig.asked("SyncFolderItems");
    let draft = rig.draft(|draft| draft.batch = 7);
    let wanted = ListenerRef::Id(listener.id);
    let changed = rig
        .engine
        .update_listener(&Actor::System, &wanted, listener.revision, &draft);
    changed.await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.asked("SyncFolderItems"), asked, "two at once");
    rig.mail(plain("one"));
    assert_eq!(rig.delivered(1).await, ["one"]);
}

/// Nobody waits until the next look, which may be minutes away.
#[tokio::test]
async fn a_credential_that_is_mended_is_used_at_once() {
    let rig = Rig::start().await;
    let wanted = by_id(&rig.credential);
    let enable = async |on| {
        rig.engine
            .set_credential_enabled(&Actor::System, &wanted, on)
            .await
    };
    enable(false).await.unwrap();
    let listener = rig.listen(|_| {}).await;
    assert_eq!(rig.failing(&listener).await.0, "credential_disabled");
    let enabled = enable(true).await.unwrap();
    rig.works_again(&listener).await;
    // a wrong secret, and the right one
    let with_secret = |secret: &str| {
        let mut draft = minimal("mailer");
        draft.settings = rig.credential.settings.clone();
        let secret = SecretInput::Internal(Secret::from(secret));
        draft.authentication = AuthenticationMethod::ClientSecretPost.with_secret(secret);
        draft
    };
    let (engine, system) = (&rig.engine, Actor::System);
    let wrong = with_secret("wrong");
    let wrong = engine.update_credential(&system, &wanted, enabled.revision, wrong);
    let wrong = wrong.await.unwrap();
    assert_eq!(rig.failing(&listener).await.0, "no_token");
    let right = with_secret("secret");
    let right = engine.update_credential(&system, &wanted, wrong.revision, right);
    right.await.unwrap();
    rig.works_again(&listener).await;
}

#[tokio::test]
async fn a_test_looks_for_the_folders_that_mails_are_moved_to() {
    let rig = Rig::start().await;
    assert!(rig.sandbox.add_mail_folder(MAILBOX, "inbox", "Done"));
    for (folder, ok) in [("inbox/Done", true), ("inbox/Nowhere", false)] {
        let draft = rig.draft(|draft| {
            draft.name = String::new();
            draft.afterwards.then = "move".to_owned();
            draft.afterwards.folder = Some("inbox/Done".to_owned());
            draft.retries.folder = Some(folder.to_owned());
        });
        let report = rig.engine.test_listener(&Actor::System, &draft).await;
        let report = report.unwrap();
        let mut steps = report.steps.iter();
        let step = steps.find(|it| it.name.name() == "afterwards").unwrap();
        assert_eq!(step.ok, Some(ok), "{}", step.detail);
        assert!(
            ok || step.detail.contains("`Nowhere` in `inbox`"),
            "{}",
            step.detail
        );
    }
}
