//! What becomes of a mail: delivered once, with what belongs to it, and dealt with afterwards.

use grantd_engine::ListenerRef;
use grantd_model::listener::FilterDraft;
use grantd_model::{Actor, MailKey};
use grantd_sandbox::{MailFault, MailFaultKind};
use serde_json::Value;

use crate::rig::{MAILBOX, Rig, plain, with_attachment};

#[tokio::test]
async fn a_mail_is_in_the_spool_with_everything_and_marked_as_read() {
    let rig = Rig::start().await;
    let content: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    rig.mail(with_attachment("Order", "a file.bin", &content));
    let listener = rig.listen(|_| {}).await;
    rig.delivered(1).await;
    let envelope = &rig.envelopes()[0];
    let key = envelope["key"].as_str().unwrap();
    assert_eq!(envelope["listener"]["id"], listener.id.to_string());
    assert_eq!(envelope["mailbox"], MAILBOX);
    assert_eq!(envelope["from"][0]["address"], "ann@example.org");
    assert_eq!(envelope["text"], "See there.");
    let attachment = &envelope["attachments"][0];
    assert_eq!(attachment["name"], "a file.bin");
    assert_eq!(attachment["size"], 100_000);
    let file = rig.spool().join(attachment["file"].as_str().unwrap());
    assert_eq!(std::fs::read(file).unwrap(), content);
    let eml = std::fs::read(rig.spool().join(format!("{key}.eml"))).unwrap();
    assert_eq!(envelope["mime"]["size"], eml.len());
    assert!(eml.starts_with(b"From: ann@example.org\r\n"));
    rig.settled(&listener).await;
    assert!(rig.sandbox.mails(MAILBOX, "inbox")[0].is_read);
    let work = rig.spool().join(".grantd").join(listener.id.to_string());
    for desk in std::fs::read_dir(work).unwrap() {
        let left: Vec<_> = std::fs::read_dir(desk.unwrap().path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test]
async fn mail_that_comes_later_is_delivered_in_order_and_never_twice() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    for number in 0..25 {
        rig.mail(plain(&format!("mail {number:02}")));
    }
    assert_eq!(rig.delivered(25).await.len(), 25);
    rig.settled(&listener).await;
    rig.a_while().await;
    assert_eq!(rig.subjects().len(), 25);
    let wanted = ListenerRef::Id(listener.id);
    let listed = rig
        .engine
        .list_deliveries(&Actor::System, &wanted, 50, None)
        .await
        .unwrap();
    let subjects: Vec<_> = listed
        .items
        .iter()
        .rev()
        .map(|it| it.subject.as_str())
        .collect();
    let expected: Vec<_> = (0..25).map(|number| format!("mail {number:02}")).collect();
    assert_eq!(subjects, expected);
    let inbox = rig.sandbox.mails(MAILBOX, "inbox");
    assert!(inbox.iter().all(|it| it.is_read));
    // ten at once where ten were due at once
    let updates = rig.sandbox.mail_counts()["UpdateItem"];
    assert!((3..=25).contains(&updates), "{updates}");
}

/// Requests find the same server again, and people find the requests.
#[tokio::test]
async fn requests_name_the_mailbox_and_bring_back_cookies() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.mail(plain("one"));
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert!(rig.asked("GetItem") > 0);
    assert_eq!(rig.asked("without X-AnchorMailbox"), 0);
    assert_eq!(rig.asked("without client-request-id"), 0);
    assert_eq!(rig.asked("without Cookie"), 1, "the first one alone");
}

#[tokio::test]
async fn filters_decide_and_what_they_pass_over_is_not_looked_at_again() {
    let rig = Rig::start().await;
    let filter = |field: &str, test: &str, value: &str, not: bool| FilterDraft {
        field: field.to_owned(),
        test: test.to_owned(),
        value: value.to_owned(),
        not,
    };
    rig.mail(plain("Order 1"));
    rig.mail(plain("Spam"));
    rig.mail(plain("Order from the boss").replace("ann@example.org", "boss@example.org"));
    let listener = rig
        .listen(|draft| {
            draft.filters = vec![
                filter("subject", "matches", "^order", false),
                filter("sender", "equals", "boss@example.org", true),
            ];
        })
        .await;
    assert_eq!(rig.delivered(1).await, ["Order 1"]);
    rig.settled(&listener).await;
    rig.a_while().await;
    assert_eq!(rig.subjects(), ["Order 1"]);
    let mails = rig.sandbox.mails(MAILBOX, "inbox");
    let read: Vec<bool> = mails.iter().map(|it| it.is_read).collect();
    assert_eq!(read, [true, false, false]);
}

#[tokio::test]
async fn afterwards_it_is_categorised_and_moved_and_can_be_delivered_again() {
    let rig = Rig::start().await;
    assert!(rig.sandbox.add_mail_folder(MAILBOX, "inbox", "Done"));
    rig.mail(plain("Order"));
    let listener = rig
        .listen(|draft| {
            draft.afterwards.category = Some("Taken".to_owned());
            draft.afterwards.then = "move".to_owned();
            draft.afterwards.folder = Some("inbox/Done".to_owned());
        })
        .await;
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert!(rig.sandbox.mails(MAILBOX, "inbox").is_empty());
    let done = &rig.sandbox.mails(MAILBOX, "Done")[0];
    assert!(done.is_read);
    assert_eq!(done.categories, ["Taken"]);
    // again, under the same key, though it has another id now
    let key = rig.envelopes()[0]["key"].as_str().unwrap().to_owned();
    std::fs::remove_file(rig.spool().join(format!("{key}.json"))).unwrap();
    let wanted = ListenerRef::Id(listener.id);
    let again = MailKey::new(key.clone()).unwrap();
    let replay = rig.engine.replay_mail(&Actor::System, &wanted, &again);
    replay.await.unwrap();
    rig.delivered(1).await;
    assert_eq!(rig.envelopes()[0]["key"], key);
    rig.a_while().await;
    assert_eq!(rig.standing(&listener).await.waiting.retrying, 0);
    assert_eq!(rig.sandbox.mails(MAILBOX, "Done").len(), 1);
}

#[tokio::test]
async fn deletion_goes_where_it_is_set_to() {
    for (to, folder, there) in [
        ("deleted_items", "deleteditems", 1),
        ("recoverable", "recoverableitemsdeletions", 1),
        ("nowhere", "deleteditems", 0),
    ] {
        let rig = Rig::start().await;
        rig.mail(plain("Order"));
        let listener = rig
            .listen(|draft| {
                draft.afterwards.mark_read = false;
                draft.afterwards.then = "delete".to_owned();
                draft.afterwards.delete_to = Some(to.to_owned());
            })
            .await;
        rig.delivered(1).await;
        rig.settled(&listener).await;
        assert!(rig.sandbox.mails(MAILBOX, "inbox").is_empty(), "{to}");
        assert_eq!(rig.sandbox.mails(MAILBOX, folder).len(), there, "{to}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_yet_holds_up_its_action_alone() {
    let rig = Rig::start().await;
    rig.mail(plain("one"));
    let listener = rig
        .listen(|draft| {
            draft.afterwards.then = "move".to_owned();
            draft.afterwards.folder = Some("Archive of orders".to_owned());
        })
        .await;
    rig.delivered(1).await;
    rig.mail(plain("two"));
    rig.delivered(2).await;
    let two = async || rig.standing(&listener).await.waiting.actions == 2;
    rig.until("two actions that wait", two).await;
    let standing = rig.standing(&listener).await;
    assert!(standing.state.failing.is_none());
    let why = standing.waiting.action_fault.unwrap();
    assert!(why.contains("`Archive of orders`"), "{why}");
}

#[tokio::test]
async fn content_is_what_is_asked_for() {
    let rig = Rig::start().await;
    rig.mail(with_attachment("Order", "a.bin", &[7; 5000]));
    rig.listen(|draft| {
        draft.content.mime = false;
        draft.content.most_body_bytes = 5;
        draft.content.most_attachment_bytes = 100;
        draft.content.entry_id = true;
    })
    .await;
    rig.delivered(1).await;
    let envelope = &rig.envelopes()[0];
    assert_eq!(envelope["mime"], Value::Null);
    assert_eq!(envelope["text"], "See t");
    assert_eq!(envelope["truncated"], true);
    assert_eq!(envelope["attachments"][0]["omitted"], "too_large");
    assert!(envelope["entry_id"].as_str().unwrap().len() > 40);
    let names: Vec<_> = std::fs::read_dir(rig.spool())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| !it.starts_with('.'))
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[tokio::test]
async fn a_mail_too_large_for_mime_comes_in_parts() {
    let rig = Rig::start().await;
    let content = vec![b'x'; 50_000];
    rig.mail(with_attachment("Large", "big.txt", &content));
    rig.listen(|draft| draft.content.most_mime_bytes = 10_000)
        .await;
    rig.delivered(1).await;
    let envelope = &rig.envelopes()[0];
    assert_eq!(envelope["faults"][0], "no_mime_too_large");
    assert_eq!(envelope["text"], "See there.");
    assert_eq!(envelope["to"][0]["address"], MAILBOX);
    let attachment = &envelope["attachments"][0];
    let file = rig.spool().join(attachment["file"].as_str().unwrap());
    assert_eq!(std::fs::read(file).unwrap(), content);
    assert_eq!(attachment["sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn a_maildir_gets_mails_as_they_are() {
    let rig = Rig::start().await;
    rig.mail(plain("Order"));
    let listener = rig
        .listen(|draft| draft.delivery.layout = "maildir".to_owned())
        .await;
    let new = rig.spool().join("new");
    rig.until("a mail in the maildir", async || {
        std::fs::read_dir(&new).is_ok_and(|it| it.count() == 1)
    })
    .await;
    let file = std::fs::read_dir(&new).unwrap().next().unwrap().unwrap();
    let mail = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(mail, plain("Order"));
    rig.settled(&listener).await;
    let mut taken = std::fs::read_dir(rig.spool().join("cur")).unwrap();
    assert!(taken.next().is_none());
}

#[tokio::test]
async fn pausing_and_resuming_loses_nothing() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    let wanted = ListenerRef::Id(listener.id);
    let pause = rig.engine.pause_listener(&Actor::System, &wanted, true);
    pause.await.unwrap();
    rig.mail(plain("while it was paused"));
    rig.a_while().await;
    assert!(rig.subjects().is_empty());
    let resume = rig.engine.pause_listener(&Actor::System, &wanted, false);
    resume.await.unwrap();
    assert_eq!(rig.delivered(1).await, ["while it was paused"]);
}

#[tokio::test]
async fn one_mailbox_never_holds_up_another() {
    let rig = Rig::start().await;
    let stuck = rig.listen(|_| {}).await;
    rig.works_again(&stuck).await;
    rig.sandbox.add_mail_fault(MailFault {
        fault: MailFaultKind::Fault {
            code: "ErrorServerBusy".to_owned(),
            back_off_ms: Some(60_000),
        },
        operation: None,
        mailbox: Some(MAILBOX.to_owned()),
        subject: None,
        after: 0,
        times: None,
    });
    rig.listen(|draft| {
        draft.name = "Other".to_owned();
        draft.mailbox = "other@example.com".to_owned();
    })
    .await;
    let mail = plain("elsewhere").into_bytes();
    let put = rig.sandbox.put_mail("other@example.com", "inbox", mail);
    put.unwrap();
    rig.mail(plain("stuck"));
    assert_eq!(rig.delivered(1).await, ["elsewhere"]);
    assert_eq!(rig.failing(&stuck).await.0, "busy");
}
