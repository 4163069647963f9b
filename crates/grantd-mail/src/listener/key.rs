//! What a mail is known by, and the marks by which it is recognised.

use aws_lc_rs::digest::{Context, SHA256};
use grantd_model::listener::MailAddress;
use grantd_model::mail::SeenMark;
use grantd_model::{Invalid, ListenerId, MailKey, Timestamp, base32};

use crate::mailbox::Summary;

/// The key of a mail for a listener: from what the server knows it by for ever; where there is no such
/// thing, from what does not change when it is moved. Its size is no part of it, nor are its categories.
/// Two listeners that deliver the same mail to the same place do not stand in each other's way.
///
/// # Errors
/// Never; a key made here has the form of one.
pub(crate) fn of(
    listener: ListenerId,
    mailbox: &MailAddress,
    mail: &Summary,
) -> Result<MailKey, Invalid> {
    if let Some(id) = &mail.lasting_id {
        return of_lasting_id(listener, mailbox, id, mail.message_id.as_deref());
    }
    let (listener, mailbox) = (listener.to_string(), mailbox.as_str().to_lowercase());
    let received = mail.received_at.map_or(0, Timestamp::as_micros);
    let id = mail.message_id.as_deref().unwrap_or_default();
    let digest = digest(&[
        b"content",
        listener.as_bytes(),
        mailbox.as_bytes(),
        id.as_bytes(),
        &received.to_be_bytes(),
        mail.facts.sender.as_bytes(),
        mail.facts.subject.as_bytes(),
    ]);
    MailKey::new(base32::encode(digest.get(..20).unwrap_or_default()))
}

/// The key of a mail that the server knows for ever by this. Its `Message-ID` is a part of it, as a copy
/// has the same search key (MS-OXCPRPT section 2.2.1.9), and what is made of a copy is another mail.
///
/// # Errors
/// Never; a key made here has the form of one.
pub(crate) fn of_lasting_id(
    listener: ListenerId,
    mailbox: &MailAddress,
    id: &[u8],
    message_id: Option<&str>,
) -> Result<MailKey, Invalid> {
    let (listener, mailbox) = (listener.to_string(), mailbox.as_str().to_lowercase());
    let digest = digest(&[
        b"lasting",
        listener.as_bytes(),
        mailbox.as_bytes(),
        id,
        message_id.unwrap_or_default().trim().as_bytes(),
    ]);
    MailKey::new(base32::encode(digest.get(..20).unwrap_or_default()))
}

/// The mark of what the server knows a mail by in its folder.
pub(crate) fn mark_of_item(item: &str) -> SeenMark {
    mark(&[b"item", item.as_bytes()])
}

/// The mark of a key.
pub(crate) fn mark_of_key(key: &MailKey) -> SeenMark {
    mark(&[b"key", key.as_str().as_bytes()])
}

fn mark(parts: &[&[u8]]) -> SeenMark {
    let mut mark = SeenMark::default();
    for (to, from) in mark.iter_mut().zip(digest(parts)) {
        *to = from;
    }
    mark
}

/// A digest of parts, each with its length, so that no two lists of parts are the same.
fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_model::listener::MailFacts;

    #[test]
    fn a_key_survives_a_move_and_a_change_of_size_and_category() {
        let random = grantd_testkit::TestRandom::seeded(1);
        let listener = || ListenerId::new(Timestamp::from_seconds(1), &random);
        let (one, another) = (listener(), listener());
        let mailbox = MailAddress::try_from("Sales@example.com").unwrap();
        let same = MailAddress::try_from("sales@EXAMPLE.com").unwrap();
        let mail = Summary {
            item: "AAA".to_owned(),
            message_id: Some("<1@x>".to_owned()),
            ..Summary::default()
        };
        let moved = Summary {
            item: "BBB".to_owned(),
            facts: MailFacts {
                size: 4711,
                categories: vec!["Blue".to_owned()],
                ..MailFacts::default()
            },
            ..mail.clone()
        };
        assert_eq!(of(one, &mailbox, &mail), of(one, &same, &moved));
        assert_ne!(of(one, &mailbox, &mail), of(another, &mailbox, &mail));
        let other = Summary {
            message_id: Some("<2@x>".to_owned()),
            ..mail.clone()
        };
        assert_ne!(of(one, &mailbox, &mail), of(one, &mailbox, &other));
        let lasting = Summary {
            lasting_id: Some(vec![1, 2, 3]),
            ..mail.clone()
        };
        assert_ne!(of(one, &mailbox, &lasting), of(another, &mailbox, &lasting));
        let moved = Summary {
            item: "CCC".to_owned(),
            ..lasting.clone()
        };
        assert_eq!(of(one, &mailbox, &lasting), of(one, &mailbox, &moved));
        let of_a_copy = Summary {
            message_id: Some("<3@x>".to_owned()),
            ..lasting.clone()
        };
        assert_ne!(of(one, &mailbox, &lasting), of(one, &mailbox, &of_a_copy));
        assert_ne!(of(one, &mailbox, &lasting), of(one, &mailbox, &mail));
    }
}
