//! Mails as nobody should send them: each with a defined outcome.

use std::fmt::Write as _;

use grantd_model::Actor;
use serde_json::Value;

use crate::rig::{MAILBOX, NO_ROLE, Rig, by_id, plain, with_attachment};

/// What becomes of one mail.
async fn envelope(mime: impl AsRef<[u8]>) -> (Rig, Value) {
    let rig = Rig::start().await;
    rig.mail(mime);
    let listener = rig.listen(|_| {}).await;
    rig.delivered(1).await;
    rig.settled(&listener).await;
    assert_eq!(rig.standing(&listener).await.waiting.given_up, 0);
    let envelope = rig.envelopes().remove(0);
    (rig, envelope)
}

#[tokio::test]
async fn a_mail_without_message_id_is_delivered_once() {
    let mail = plain("none")
        .lines()
        .filter(|it| !it.starts_with("Message-ID"))
        .fold(String::new(), |mail, line| mail + line + "\r\n");
    let (rig, envelope) = envelope(mail).await;
    assert_eq!(envelope["message_id"], Value::Null);
    rig.a_while().await;
    assert_eq!(rig.subjects().len(), 1);
}

#[tokio::test]
async fn two_mails_with_one_message_id_are_two_mails() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.mail(plain("same"));
    rig.mail(plain("same"));
    assert_eq!(rig.delivered(2).await, ["same", "same"]);
    let keys: Vec<Value> = rig.envelopes().iter().map(|it| it["key"].clone()).collect();
    assert_ne!(keys[0], keys[1]);
    rig.settled(&listener).await;
}

#[tokio::test]
async fn broken_mime_is_delivered_as_far_as_it_can_be_read() {
    let mail = "From: ann@example.org\r\nSubject: broken\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nbegins\r\n\
        --b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64";
    let (_rig, envelope) = envelope(mail).await;
    assert_eq!(envelope["subject"], "broken");
    assert_eq!(envelope["text"], "begins");
    assert!(envelope["mime"]["size"].as_u64().unwrap() > 100);
}

#[tokio::test]
async fn what_is_no_mail_at_all_is_delivered_as_it_is() {
    for mail in [
        &b""[..],
        b"\0\0\0\0",
        b"no header, just words",
        b"\xff\xfe\xff\xfe\r\n\r\n\x80",
    ] {
        let (_rig, envelope) = envelope(mail).await;
        assert_eq!(envelope["mime"]["size"], mail.len());
    }
}

#[tokio::test]
async fn winmail_dat_and_smime_are_delivered_as_they_are() {
    let (_rig, tnef) = envelope(with_attachment(
        "tnef",
        "winmail.dat",
        &[0x78, 0x9f, 0x3e, 0x22],
    ))
    .await;
    assert_eq!(tnef["attachments"][0]["name"], "winmail.dat");
    let opaque = "From: ann@example.org\r\nSubject: secret\r\nMIME-Version: 1.0\r\n\
        Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\
        Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=smime.p7m\r\n\r\n\
        MIIB\r\n";
    let (_rig, opaque) = envelope(opaque).await;
    assert_eq!(opaque["protection"], "encrypted");
    assert_eq!(opaque["attachments"][0]["name"], "smime.p7m");
    assert_eq!(opaque["item_class"], "IPM.Note.SMIME");
    assert!(opaque["mime"].is_object());
}

#[tokio::test]
async fn subjects_may_be_empty_or_hold_anything() {
    let with_subject =
        |line: &str| format!("From: a@example.org\r\n{line}\r\nX: y\r\n\r\nHello\r\n");
    for (line, expected) in [
        ("Subject:", ""),
        ("X-None: at all", ""),
        ("Subject: a\u{0}b", "a\u{fffd}b"),
        (
            "Subject: \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        ),
        ("Subject: =?utf-8?b?8J+Yg/Cfjok=?=", "\u{1f603}\u{1f389}"),
        (
            "Subject: <script>alert(1)</script> & ]]>",
            "<script>alert(1)</script> & ]]>",
        ),
    ] {
        let (_rig, envelope) = envelope(with_subject(line)).await;
        assert_eq!(envelope["subject"], expected, "{line:?}");
    }
    let long = format!("Subject: {}", "x".repeat(10_000));
    let (_rig, envelope) = envelope(with_subject(&long)).await;
    assert_eq!(envelope["subject"].as_str().unwrap().len(), 10_000);
}

#[tokio::test]
async fn names_of_attachments_lead_nowhere() {
    for (name, expected) in [
        ("../../x", "x"),
        ("..", "attachment"),
        ("CON", "_CON"),
        ("a/b\\\\c.txt", "a_b_c.txt"),
        ("nul.txt", "_nul.txt"),
        (".bashrc", "bashrc"),
    ] {
        let (rig, envelope) = envelope(with_attachment("named", name, b"content")).await;
        let attachment = &envelope["attachments"][0];
        assert_eq!(attachment["name"], expected, "{name}");
        let file = rig.spool().join(attachment["file"].as_str().unwrap());
        assert_eq!(std::fs::read(&file).unwrap(), b"content");
        let inside = file.canonicalize().unwrap();
        assert!(
            inside.starts_with(rig.spool().canonicalize().unwrap()),
            "{inside:?}"
        );
    }
}

#[tokio::test]
async fn sixty_four_levels_of_forwarded_mail_are_delivered() {
    let mut mail = "From: a@example.org\r\nSubject: innermost\r\n\r\ncore\r\n".to_owned();
    for level in 0..64 {
        mail = format!(
            "From: a@example.org\r\nSubject: level {level}\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n\
             Content-Type: message/rfc822\r\n\r\n{mail}\r\n--b{level}--\r\n"
        );
    }
    let (rig, envelope) = envelope(&mail).await;
    assert_eq!(envelope["subject"], "level 63");
    let attachment = &envelope["attachments"][0];
    assert_eq!(attachment["is_message"], true);
    let file = rig.spool().join(attachment["file"].as_str().unwrap());
    let inner = std::fs::read_to_string(file).unwrap();
    assert!(inner.contains("Subject: level 62") && inner.contains("innermost"));
}

#[tokio::test]
async fn two_thousand_attachments_are_two_thousand_files() {
    let mut mail = "From: a@example.org\r\nSubject: many\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        .to_owned();
    for number in 0..2000 {
        _ = write!(
            mail,
            "--b\r\nContent-Type: application/octet-stream; name=f.bin\r\n\
             Content-Disposition: attachment; filename=f.bin\r\n\r\ncontent {number}\r\n"
        );
    }
    mail.push_str("--b--\r\n");
    let (rig, envelope) = envelope(&mail).await;
    let attachments = envelope["attachments"].as_array().unwrap();
    assert_eq!(attachments.len(), 2000);
    let last = rig
        .spool()
        .join(attachments[1999]["file"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(last).unwrap(), "content 1999");
}

#[tokio::test]
async fn wrong_mailboxes_and_folders_are_told() {
    let rig = Rig::start().await;
    let nobody = rig
        .listen(|draft| {
            draft.name = "Nobody".to_owned();
            draft.mailbox = "nobody@example.com".to_owned();
        })
        .await;
    assert_eq!(rig.failing(&nobody).await.0, "no_such_mailbox");
    let nowhere = rig
        .listen(|draft| {
            draft.name = "Nowhere".to_owned();
            draft.folder = "inbox/Nowhere".to_owned();
        })
        .await;
    let (class, detail, remedy) = rig.failing(&nowhere).await;
    assert_eq!(class, "no_such_folder");
    assert!(detail.contains("`Nowhere` in `inbox`"), "{detail}");
    assert!(remedy.unwrap().contains("path"));
    let top = rig.draft(|draft| {
        draft.name = "Top".to_owned();
        draft.folder = "Nowhere".to_owned();
    });
    let report = rig
        .engine
        .test_listener(&Actor::System, &top)
        .await
        .unwrap();
    let failed = report.steps.iter().find(|it| it.ok == Some(false)).unwrap();
    assert!(
        failed.detail.contains("in it are:") && failed.detail.contains("Inbox"),
        "{}",
        failed.detail
    );
}

/// The credential, changed so; its authentication stays.
async fn change(rig: &Rig, change: impl FnOnce(&mut grantd_model::CredentialDraft)) {
    let wanted = by_id(&rig.credential);
    let mut draft = grantd_testkit::fixtures::minimal("mailer");
    draft.settings = rig.credential.settings.clone();
    draft.authentication = grantd_model::AuthenticationMethod::ClientSecretPost
        .with_secret(grantd_model::SecretInput::Keep);
    change(&mut draft);
    let changed = rig
        .engine
        .update_credential(&Actor::System, &wanted, rig.credential.revision, draft)
        .await;
    changed.unwrap();
}

#[tokio::test]
async fn a_token_for_another_audience_is_told() {
    let rig = Rig::start().await;
    change(&rig, |draft| {
        let scope = grantd_model::ScopeSet::parse("other").unwrap();
        draft.settings.scope = grantd_model::ScopeSetting::Set(scope);
    })
    .await;
    let listener = rig.listen(|_| {}).await;
    let (class, detail, remedy) = rig.failing(&listener).await;
    assert_eq!(class, "token_refused");
    assert!(detail.contains("2000005"), "{detail}");
    assert!(remedy.unwrap().contains(".default"));
}

#[tokio::test]
async fn a_client_without_the_role_is_told() {
    let rig = Rig::start().await;
    change(&rig, |draft| {
        draft.settings.client_id = grantd_model::ClientId::try_from(NO_ROLE).unwrap();
    })
    .await;
    let listener = rig.listen(|_| {}).await;
    let (class, detail, remedy) = rig.failing(&listener).await;
    assert_eq!(class, "token_refused");
    assert!(detail.contains("2000008"), "{detail}");
    assert!(remedy.unwrap().contains("full_access_as_app"));
}

#[tokio::test]
async fn a_credential_that_gives_no_token_is_told() {
    let rig = Rig::start().await;
    change(&rig, |draft| {
        let secret = grantd_model::SecretInput::Internal(grantd_model::Secret::from("wrong"));
        draft.authentication =
            grantd_model::AuthenticationMethod::ClientSecretPost.with_secret(secret);
    })
    .await;
    let listener = rig.listen(|_| {}).await;
    let (class, detail, remedy) = rig.failing(&listener).await;
    assert_eq!(class, "no_token");
    assert!(detail.contains("invalid_client"), "{detail}");
    assert!(remedy.is_some());
    assert_eq!(rig.asked("SyncFolderItems"), 0);
}

/// Whatever an endpoint says of itself, or Autodiscover: a token goes to bound hosts alone.
#[tokio::test]
async fn a_host_that_the_credential_is_not_bound_to_gets_no_token() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    change(&rig, |draft| {
        draft.settings.bound_hosts = vec!["exchange.example.com".to_owned()];
    })
    .await;
    let (class, detail, remedy) = rig.failing(&listener).await;
    assert_eq!(class, "host_not_bound");
    assert!(detail.contains("127.0.0.1"), "{detail}");
    assert!(remedy.unwrap().contains("bound hosts"));
    let asked = rig.asked("SyncFolderItems");
    rig.a_while().await;
    assert_eq!(rig.asked("SyncFolderItems"), asked);
}

#[tokio::test]
async fn a_test_of_a_connection_tells_each_step() {
    let rig = Rig::start().await;
    rig.mail(plain("newest"));
    let draft = rig.draft(|_| {});
    let report = rig
        .engine
        .test_listener(&Actor::System, &draft)
        .await
        .unwrap();
    assert!(report.is_ok(), "{report:?}");
    let names: Vec<_> = report.steps.iter().map(|it| it.name.name()).collect();
    assert_eq!(names, ["token", "folder", "newest", "delivery"]);
    assert!(
        report.steps[1].detail.contains("Exchange 15.20"),
        "{}",
        report.steps[1].detail
    );
    assert_eq!(report.steps[2].newest[0].subject, "newest");
    assert!(!rig.sandbox.mails(MAILBOX, "inbox")[0].is_read);
    assert!(rig.subjects().is_empty());
}
