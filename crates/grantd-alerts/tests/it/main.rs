//! How alerts are written: their documents against the published schema, mails and chats.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is how a fault is told"
)]

mod messages;
mod schema;
mod smtp;

use grantd_model::alert::{
    AlertData, AlertObject, AlertType, AlertedObject, EmailDraft, InstallationTold,
};
use grantd_model::alert::{ChannelKind, EmailSettings};
use grantd_model::{AlertId, AlertMessage, ChannelDraft, Randomness, Timestamp};

/// 2027-01-15T08:00:00Z
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn id() -> AlertId {
    AlertId::new(NOW, &Zeros)
}

/// A message with every member.
fn full() -> AlertMessage {
    AlertMessage {
        kind: AlertType::CredentialFailing,
        timestamp: NOW,
        data: AlertData {
            summary: "credential Büro <!channel> is failing (invalid client)".to_owned(),
            installation: InstallationTold {
                badge: Some("production".to_owned()),
                url: Some("https://grantd.example.com/console/".to_owned()),
            },
            object: Some(AlertedObject {
                kind: AlertObject::Credential,
                id: Some("cred_06c00000000000000000000000".to_owned()),
                slug: "buero".to_owned(),
                name: "Büro <!channel>".to_owned(),
                url: Some("https://grantd.example.com/console/credentials/buero".to_owned()),
            }),
            since: Some(NOW),
            class: Some("invalid_client".to_owned()),
            detail: Some("the authorization server refused the client & its secret".to_owned()),
            remedy: Some("Check the client secret.".to_owned()),
            times: Some(3),
            untold: 2,
            secret_expires_at: Some(NOW),
            lag_s: Some(1200),
            given_up: Some(4),
            many: Some(25),
            summaries: vec!["credential a is failing".to_owned()],
        },
    }
}

/// One in ASCII with the least.
fn plain() -> AlertMessage {
    AlertMessage {
        kind: AlertType::Test,
        timestamp: NOW,
        data: AlertData {
            summary: "this is a test of the alert channel".to_owned(),
            ..AlertData::default()
        },
    }
}

fn email(edit: impl FnOnce(&mut EmailDraft)) -> EmailSettings {
    let mut email = EmailDraft {
        host: "mail.example.com".to_owned(),
        username: Some("grantd".to_owned()),
        from: "grantd@example.com".to_owned(),
        to: vec!["ops@example.com".to_owned(), "b@example.com".to_owned()],
        ..EmailDraft::default()
    };
    edit(&mut email);
    let draft = ChannelDraft {
        kind: "email".to_owned(),
        email: Some(email),
        ..ChannelDraft::default()
    };
    match draft.parse().unwrap().kind {
        ChannelKind::Email(email) => email,
        _ => unreachable!(),
    }
}
