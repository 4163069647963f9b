//! Conversations with mail servers, reply by reply.

use grantd_alerts::smtp::reply::{Reply, ReplyReader};
use grantd_alerts::smtp::session::{Next, Session};
use grantd_alerts::{HandedOver, MailText, SmtpError};
use grantd_model::Secret;
use grantd_model::alert::EmailSettings;
use proptest::prelude::*;

use super::{email, id, plain};

/// What was said, and how it ended, for these replies.
fn converse(
    settings: &EmailSettings,
    replies: &str,
) -> (Vec<String>, Result<HandedOver, SmtpError>) {
    let password = Secret::from("canary");
    let mail = MailText::of(settings, id(), &plain());
    let mut session = Session::new(settings, Some(&password), (&mail, &settings.to));
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
            Ok(Next::Done(done)) => return (said, Ok(done)),
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
    assert_eq!(end.unwrap().reply.as_deref(), Some("250 queued as 1"));
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
    let offers = "220 mail\n250-mail\n250 AUTH PLAIN\n";
    let inside = &format!("{offers}235 in\n");
    for (begin, replies, class, may_pass) in [
        // of the line or of the server, and of no mail
        ("", "554 go away\n", "refused", true),
        ("", "421 full\n", "refused", true),
        ("", "220 mail\n502 what\n", "refused", true),
        (offers, "535 5.7.8 no\n", "login_refused", true),
        (inside, "451 later\n", "refused", true),
        (inside, "550 no such sender\n", "refused", false),
        // a reply of the wrong kind is none
        ("", "354 go\n", "not_smtp", true),
        ("", "220 mail\n354 go\n", "not_smtp", true),
        (offers, "334 more\n", "not_smtp", true),
        (inside, "354 go\n", "not_smtp", true),
        (inside, "250 ok\n354 go\n", "not_smtp", true),
        (inside, "250 a\n250 b\n250 c\n250 d\n", "not_smtp", true),
        (
            inside,
            "250 a\n250 b\n250 c\n354 go\n354 go\n",
            "not_smtp",
            true,
        ),
    ] {
        let (_, end) = converse(&settings, &format!("{begin}{replies}"));
        let error = end.unwrap_err();
        assert_eq!(
            (error.class(), error.may_pass()),
            (class, may_pass),
            "{replies}"
        );
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let (_, end) = converse(&settings, "220 mail\n250 mail\n");
    assert_eq!(end, Err(SmtpError::NoAuth));
}

#[test]
fn each_receiver_has_an_outcome_of_its_own() {
    const GO: &str = "DATA\r\n";
    let settings = email(|it| {
        it.security = "tls".to_owned();
        it.username = None;
    });
    // the outcome of the one and of the other, where the replies to them and to the mail are these
    for (replies, first, second) in [
        ("250 ok\n250 ok\n354 go\n250 queued\n", "", ""),
        ("550 who\n250 ok\n354 go\n250 queued\n", "550 who", ""),
        ("250 ok\n451 grey\n354 go\n250 queued\n", "", "451 grey"),
        ("251 ok\n452 full\n354 go\n250 queued\n", "", "452 full"),
        ("550 who\n451 grey\n", "550 who", "451 grey"),
        ("451 grey\n550 who\n", "451 grey", "550 who"),
        ("550 who\n553 who\n", "550 who", "553 who"),
        ("250 ok\n250 ok\n451 later\n", "451 later", "451 later"),
        ("250 ok\n451 grey\n554 no\n", "554 no", "451 grey"),
        ("250 ok\n451 grey\n354 go\n552 big\n", "552 big", "451 grey"),
        ("250 ok\n550 who\n354 go\n451 busy\n", "451 busy", "550 who"),
    ] {
        let (said, end) = converse(&settings, &format!("220 m\n250 m\n250 ok\n{replies}"));
        let mut expected = HandedOver::default();
        for (address, said) in [("ops@example.com", first), ("b@example.com", second)] {
            let address = address.to_owned();
            match said.chars().next() {
                None => expected.taken.push(address),
                Some('4') => expected.put_off.push((address, said.to_owned())),
                Some(_) => expected.refused.push((address, said.to_owned())),
            }
        }
        if replies.ends_with("250 queued\n") {
            expected.reply = Some("250 queued".to_owned());
        }
        assert_eq!(end, Ok(expected), "{replies}");
        let any = replies.starts_with("25") || replies.contains("\n250 ok");
        assert_eq!(said.contains(&GO.to_owned()), any, "{replies}");
    }
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
        let mut session = Session::new(&settings, Some(&password), (&mail, &settings.to));
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
