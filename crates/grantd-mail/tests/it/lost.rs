//! Ways in which a mail could be lost, and is not.

use grantd_engine::ListenerRef;
use grantd_model::{Actor, Listener, ListenerDraft};
use grantd_sandbox::MailFaultKind;

use crate::rig::{MAILBOX, Rig, plain, with_attachment};

fn code(code: &str) -> MailFaultKind {
    MailFaultKind::Code {
        code: code.to_owned(),
        inner: None,
        back_off_ms: None,
    }
}

async fn update(
    rig: &Rig,
    listener: &Listener,
    change: impl FnOnce(&mut ListenerDraft),
) -> Listener {
    let wanted = ListenerRef::Id(listener.id);
    let current = rig.standing(listener).await.listener;
    let mut draft = ListenerDraft::of(&current.settings);
    change(&mut draft);
    let (engine, system) = (&rig.engine, Actor::System);
    let changed = engine.update_listener(&system, &wanted, current.revision, &draft);
    changed.await.unwrap()
}

/// A listener on a folder of its own, from now on.
async fn on_orders(rig: &Rig) -> Listener {
    assert!(rig.sandbox.add_mail_folder(MAILBOX, "inbox", "Orders"));
    let listener = rig
        .listen(|draft| {
            "now".clone_into(&mut draft.start);
            "inbox/Orders".clone_into(&mut draft.folder);
        })
        .await;
    rig.works_again(&listener).await;
    listener
}

async fn pause(rig: &Rig, listener: &Listener, paused: bool) {
    let wanted = ListenerRef::Id(listener.id);
    let pause = rig.engine.pause_listener(&Actor::System, &wanted, paused);
    pause.await.unwrap();
}

#[tokio::test]
async fn a_mail_that_was_gone_for_a_moment_is_delivered_when_it_is_back() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.fault_at("away", "GetItem", Some(1), code("ErrorItemNotFound"));
    rig.mail(plain("away"));
    let asked = async || rig.asked("GetItem") > 0;
    rig.until("a look at it", asked).await;
    assert!(rig.sandbox.move_mail(MAILBOX, "away", "junkemail"));
    rig.a_while().await;
    assert!(rig.subjects().is_empty());
    assert!(rig.sandbox.move_mail(MAILBOX, "away", "inbox"));
    assert_eq!(rig.delivered(1).await, ["away"]);
}

#[tokio::test]
async fn what_was_unread_at_the_beginning_is_delivered_though_somebody_reads_it_meanwhile() {
    let mut rig = Rig::start().await;
    for name in ["one", "two", "three"] {
        rig.mail(plain(name));
    }
    let busy = MailFaultKind::Status {
        status: 503,
        retry_after_s: Some(2),
        body: String::new(),
    };
    rig.fault(Some("GetItem"), Some(1), busy);
    let listener = rig.listen(|_| {}).await;
    rig.failing(&listener).await;
    assert!(rig.sandbox.mark_read(MAILBOX, "two"));
    // not even a restart makes it decide again
    rig.halt().await;
    assert!(rig.sandbox.mark_read(MAILBOX, "three"));
    rig.run();
    assert_eq!(rig.delivered(3).await, ["one", "three", "two"]);
}

#[tokio::test]
async fn a_folder_by_another_name_is_the_same_folder() {
    let rig = Rig::start().await;
    let listener = on_orders(&rig).await;
    pause(&rig, &listener, true).await;
    let put = |name: &str| {
        rig.sandbox
            .put_mail(MAILBOX, "inbox/Orders", plain(name).into_bytes())
    };
    put("while it was paused").unwrap();
    rig.seconds_pass().await;
    update(&rig, &listener, |draft| {
        draft.folder = "Inbox/ORDERS".to_owned();
    })
    .await;
    pause(&rig, &listener, false).await;
    assert_eq!(rig.delivered(1).await, ["while it was paused"]);
    // somebody renames it, and it takes a while until somebody sees why nothing comes
    rig.settled(&listener).await;
    assert!(
        rig.sandbox
            .rename_mail_folder(MAILBOX, "inbox/Orders", "Bestellungen")
    );
    let renamed = plain("after it was renamed").into_bytes();
    rig.sandbox
        .put_mail(MAILBOX, "inbox/Bestellungen", renamed)
        .unwrap();
    rig.seconds_pass().await;
    update(&rig, &listener, |draft| {
        draft.folder = "inbox/Bestellungen".to_owned();
    })
    .await;
    assert_eq!(rig.delivered(2).await.len(), 2);
}

#[tokio::test]
async fn what_comes_while_a_listener_can_not_begin_is_new() {
    let rig = Rig::start().await;
    rig.mail(plain("before"));
    rig.seconds_pass().await;
    let listener = rig
        .listen(|draft| {
            draft.start = "now".to_owned();
            draft.folder = "inbox/Mistyped".to_owned();
        })
        .await;
    assert_eq!(rig.failing(&listener).await.0, "no_such_folder");
    rig.mail(plain("while nothing was right"));
    rig.seconds_pass().await;
    update(&rig, &listener, |draft| draft.folder = "inbox".to_owned()).await;
    assert_eq!(rig.delivered(1).await, ["while nothing was right"]);
    rig.a_while().await;
    assert_eq!(rig.subjects().len(), 1);
}

#[tokio::test]
async fn another_first_mail_is_taken_at_its_word() {
    let rig = Rig::start().await;
    rig.mail(plain("old"));
    rig.seconds_pass().await;
    let listener = rig.listen(|draft| draft.start = "now".to_owned()).await;
    rig.works_again(&listener).await;
    rig.mail(plain("new"));
    assert_eq!(rig.delivered(1).await, ["new"]);
    rig.settled(&listener).await;
    update(&rig, &listener, |draft| draft.start = "unread".to_owned()).await;
    assert_eq!(rig.delivered(2).await, ["new", "old"]);
    rig.a_while().await;
    let wanted = ListenerRef::Id(listener.id);
    let listed = rig
        .engine
        .list_deliveries(&Actor::System, &wanted, 10, None);
    assert_eq!(listed.await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn a_folder_that_is_made_anew_is_found_again() {
    let rig = Rig::start().await;
    let listener = on_orders(&rig).await;
    let put = |name: &str| {
        rig.sandbox
            .put_mail(MAILBOX, "inbox/Orders", plain(name).into_bytes())
    };
    put("one").unwrap();
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert!(rig.sandbox.remove_mail_folder(MAILBOX, "inbox/Orders"));
    rig.failing(&listener).await;
    assert!(rig.sandbox.add_mail_folder(MAILBOX, "inbox", "Orders"));
    put("two").unwrap();
    // nobody waits half a minute in a test
    for paused in [true, false] {
        pause(&rig, &listener, paused).await;
    }
    assert_eq!(rig.delivered(2).await, ["one", "two"]);
}

#[tokio::test]
async fn a_mail_that_could_not_be_delivered_is_found_where_it_was_moved_to() {
    let rig = Rig::start().await;
    let listener = rig.listen(|draft| draft.retries.attempts = 1).await;
    rig.works_again(&listener).await;
    rig.fault_at("bad", "GetItem", Some(1), code("ErrorCorruptData"));
    rig.mail(plain("bad"));
    let given_up = async || rig.standing(&listener).await.waiting.given_up == 1;
    rig.until("a letter", given_up).await;
    assert!(rig.sandbox.move_mail(MAILBOX, "bad", "drafts"));
    rig.a_while().await;
    assert!(rig.sandbox.move_mail(MAILBOX, "bad", "inbox"));
    // it can be had by now, and nobody has to ask for it
    assert_eq!(rig.delivered(1).await, ["bad"]);
    let none = async || rig.standing(&listener).await.waiting.given_up == 0;
    rig.until("no letter", none).await;
}

#[tokio::test]
async fn a_copy_of_a_mail_with_another_message_id_is_another_mail() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.mail(plain("draft"));
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert!(
        rig.sandbox
            .put_copy(MAILBOX, "draft", "inbox", plain("sent again").into_bytes())
    );
    assert_eq!(rig.delivered(2).await, ["draft", "sent again"]);
}

#[tokio::test]
async fn a_mail_again_is_delivered_again_though_it_did_not_go_at_once() {
    let rig = Rig::start().await;
    rig.mail(plain("one"));
    let listener = rig.listen(|_| {}).await;
    rig.delivered(1).await;
    rig.settled(&listener).await;
    let key = rig.envelopes()[0]["key"].as_str().unwrap().to_owned();
    let place = rig.spool().join(format!("{key}.json"));
    std::fs::write(&place, "{\"subject\": \"not what was delivered\"}").unwrap();
    rig.fault_at("one", "GetItem", Some(1), code("ErrorInternalServerError"));
    let (engine, wanted) = (&rig.engine, ListenerRef::Id(listener.id));
    let key = grantd_model::MailKey::new(key).unwrap();
    engine
        .replay_mail(&Actor::System, &wanted, &key)
        .await
        .unwrap();
    let retrying = async || {
        let letters = engine.list_letters(&Actor::System, &wanted, false).await;
        letters.unwrap().iter().any(|it| it.class == "server_fault")
    };
    rig.until("a try that fails", retrying).await;
    engine
        .replay_mail(&Actor::System, &wanted, &key)
        .await
        .unwrap();
    assert_eq!(
        async {
            let again = async || rig.subjects() == ["one"];
            rig.until("the mail again", again).await;
            rig.subjects()
        }
        .await,
        ["one"]
    );
}

/// What could not be read whole is not deleted from where it is whole.
#[tokio::test]
async fn a_mail_that_could_not_be_read_whole_is_not_deleted() {
    let rig = Rig::start().await;
    let listener = rig
        .listen(|draft| {
            draft.afterwards.then = "delete".to_owned();
            draft.afterwards.delete_to = Some("nowhere".to_owned());
        })
        .await;
    rig.works_again(&listener).await;
    rig.fault_later(
        ("odd", "GetItem"),
        (1, 3),
        code("ErrorContentConversionFailed"),
    );
    rig.mail(plain("odd"));
    rig.mail(plain("whole"));
    assert_eq!(rig.delivered(2).await, ["odd", "whole"]);
    rig.settled(&listener).await;
    let left: Vec<String> = rig
        .sandbox
        .mails(MAILBOX, "inbox")
        .into_iter()
        .map(|it| it.subject)
        .collect();
    assert_eq!(left, ["odd"]);
    assert!(
        rig.envelopes()
            .iter()
            .any(|it| it["faults"][1] == "no_body")
    );
}

/// However an attachment is encoded, and however long it is.
#[tokio::test]
async fn a_long_attachment_that_is_no_base64_is_whole() {
    let rig = Rig::start().await;
    let line = "article;count;f=C3=BCr wen\r\n";
    let lines = line.repeat(600_000);
    let mail = format!(
        "From: ann@example.org\r\nTo: {MAILBOX}\r\nSubject: long\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=bound\r\n\r\n--bound\r\n\
         Content-Type: text/plain\r\n\r\nSee there.\r\n--bound\r\n\
         Content-Type: application/csv\r\nContent-Transfer-Encoding: quoted-printable\r\n\
         Content-Disposition: attachment; filename=orders.csv\r\n\r\n{lines}\r\n--bound\r\n\
         Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=contract.pdf\r\n\r\nQUJD\r\n--bound--\r\n"
    );
    rig.mail(mail);
    rig.listen(|draft| draft.content.mime = false).await;
    rig.delivered(1).await;
    let envelope = &rig.envelopes()[0];
    assert_eq!(envelope["faults"], serde_json::json!([]));
    let attachments = envelope["attachments"].as_array().unwrap();
    assert_eq!(attachments.len(), 2);
    let file = attachments[0]["file"].as_str().unwrap();
    let content = std::fs::read_to_string(rig.spool().join(file)).unwrap();
    assert!(content == "article;count;für wen\r\n".repeat(600_000));
    assert_eq!(attachments[1]["size"], 3);
}

/// A cleaner takes the folder for work away.
#[tokio::test]
async fn a_work_folder_that_is_removed_is_made_again() {
    let rig = Rig::start().await;
    rig.mail(plain("one"));
    let listener = rig.listen(|_| {}).await;
    rig.delivered(1).await;
    rig.settled(&listener).await;
    std::fs::remove_dir_all(rig.spool().join(".grantd")).unwrap();
    rig.mail(with_attachment("two", "a.bin", b"abc"));
    assert_eq!(rig.delivered(2).await, ["one", "two"]);
    rig.works_again(&listener).await;
}
