//! Conversations with mail servers, reply by reply.

use grantd_alerts::smtp::reply::{Reply, ReplyReader};
use grantd_alerts::smtp::session::{Next, Session};
use grantd_alerts::{MailText, SmtpError};
use grantd_model::Secret;
use grantd_model::alert::EmailSettings;
use proptest::prelude::*;

use super::{email, id, plain};

/// What was said, and how it ended, for these replies.
fn converse(settings: &EmailSettings, replies: &str) -> (Vec<String>, Result<String, SmtpError>) {
    let password = Secret::from("canary");
    let mail = MailText::of(settings, id(), &plain());
    let mut session = Session::new(settings, Some(&password), &mail);
    let mut reader = ReplyReader::default();
    reader.push(replies.replace('\n', "\r\n").as_bytes());
    let mut said = Vec::new();
    while let Some(reply) = reader.take().unwrap() {
        match session.after(&reply) {
            Ok(Next::Send(bytes)) => {
                said.push(String::from_utf8(bytes.expose().clone()).unwrap());
            }
            Ok(Next::StartTls) => {
                let hello = session.under_tls();
                said.push(String::from_utf8(hello.expose().clone()).unwrap());
            }
            Ok(Next::Done(done)) => return (said, Ok(done.reply)),
            Err(error) => return (said, Err(error)),
        }
    }
    (said, Err(SmtpError::Closed))
}

const OFFERS: &str = "220 mail ESMTP\n250-mail\n250-SIZE 1000\n250 STARTTLS\n220 go\n";

#[test]
fn after_starttls_the_user_signs_in_and_the_mail_is_taken() {
    let settings = email(|_| {});
    let replies = format!(
        "{OFFERS}250-mail\n250 AUTH LOGIN PLAIN\n235 in\n250 ok\n250 ok\n250 ok\n354 go\n250 queued as 1\n"
    );
    let (said, end) = converse(&settings, &replies);
    assert_eq!(end, Ok("250 queued as 1".to_owned()));
    let auth = data_encoding::BASE64.encode(b"\0grantd\0canary");
    assert_eq!(
        said[..8],
        [
            "EHLO [127.0.0.1]\r\n".to_owned(),
            "STARTTLS\r\n".to_owned(),
            "EHLO [127.0.0.1]\r\n".to_owned(),
            format!("AUTH PLAIN {auth}\r\n"),
            "MAIL FROM:<grantd@example.com>\r\n".to_owned(),
            "RCPT TO:<ops@example.com>\r\n".to_owned(),
            "RCPT TO:<b@example.com>\r\n".to_owned(),
            "DATA\r\n".to_owned(),
        ]
    );
    assert!(said[8].ends_with("\r\n.\r\n"), "{}", said[8]);
}

#[test]
fn where_plain_is_not_offered_login_is_used() {
    let settings = email(|it| it.security = "tls".to_owned());
    let replies =
        "220 mail\n250-mail\n250 AUTH LOGIN\n334 VXNlcm5hbWU6\n334 UGFzc3dvcmQ6\n235 in\n";
    let (said, _) = converse(&settings, replies);
    assert_eq!(
        said[1..4],
        ["AUTH LOGIN\r\n", "Z3JhbnRk\r\n", "Y2FuYXJ5\r\n"]
    );
}

#[test]
fn without_starttls_nothing_is_said_that_is_secret() {
    let settings = email(|_| {});
    let (said, end) = converse(&settings, "220 mail\n250-mail\n250 AUTH PLAIN\n");
    assert_eq!(end, Err(SmtpError::NoStartTls));
    assert_eq!(said, ["EHLO [127.0.0.1]\r\n"]);
}

#[test]
fn what_the_server_refuses_is_told_and_whether_it_may_pass() {
    let settings = email(|it| it.security = "tls".to_owned());
    let begin = "220 mail\n250-mail\n250 AUTH PLAIN\n";
    for (rest, class, may_pass) in [
        ("535 5.7.8 no\n", "login_refused", true),
        ("235 in\n451 later\n", "refused", true),
        ("235 in\n550 no such sender\n", "refused", false),
        ("235 in\n250 ok\n550 who\n550 who\n", "refused", false),
        (
            "235 in\n250 ok\n250 ok\n250 ok\n354 go\n552 full\n",
            "refused",
            false,
        ),
    ] {
        let (_, end) = converse(&settings, &format!("{begin}{rest}"));
        let error = end.unwrap_err();
        assert_eq!(
            (error.class(), error.may_pass()),
            (class, may_pass),
            "{rest}"
        );
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let (_, end) = converse(&settings, "554 go away\n");
    assert_eq!(end.unwrap_err().class(), "refused");
    let (_, end) = converse(&settings, "220 mail\n250 mail\n");
    assert_eq!(end, Err(SmtpError::NoAuth));
}

#[test]
fn a_receiver_that_is_refused_keeps_it_from_no_other() {
    let settings = email(|it| {
        it.security = "tls".to_owned();
        it.username = None;
    });
    let replies = "220 mail\n250 mail\n250 ok\n550 who\n250 ok\n354 go\n250 queued\n";
    let (said, end) = converse(&settings, replies);
    assert_eq!(end, Ok("250 queued".to_owned()));
    assert!(said.contains(&"DATA\r\n".to_owned()));
}

proptest! {
    /// Whatever a server says, it ends, and the password is said over TLS alone.
    #[test]
    fn whatever_it_says_the_password_is_said_over_tls_alone(
        codes in prop::collection::vec((200_u16..600, any::<bool>()), 0..12),
    ) {
        let settings = email(|_| {});
        let password = Secret::from("canary");
        let mail = MailText::of(&settings, id(), &plain());
        let mut session = Session::new(&settings, Some(&password), &mail);
        let mut is_secret = false;
        for (code, offers) in codes {
            let mut lines = vec!["mail".to_owned()];
            if offers {
                lines.extend(["STARTTLS".to_owned(), "AUTH PLAIN".to_owned()]);
            }
            match session.after(&Reply { code, lines }) {
                Ok(Next::Send(bytes)) => {
                    let said = String::from_utf8(bytes.expose().clone()).unwrap();
                    prop_assert!(is_secret || !said.starts_with("AUTH"), "{}", said);
                    prop_assert!(is_secret || !said.starts_with("MAIL"), "{}", said);
                }
                Ok(Next::StartTls) => {
                    is_secret = true;
                    session.under_tls();
                }
                Ok(Next::Done(_)) | Err(_) => break,
            }
        }
    }
}
