//! The contract of a mailbox, and Exchange Web Services under it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use grantd_mail::MailFault;
use grantd_mail::mailbox::{Act, Change, FetchedContent, Goes, Look, Mailbox, Summary, Wish};
use grantd_model::listener::{Content, DeleteTo};

use super::World;
use crate::rig::{MAILBOX, Rig, plain};

/// Everything since a cursor, page by page, and the cursor behind it.
async fn all(mailbox: &dyn Mailbox, cursor: Option<String>, most: u32) -> (Vec<Change>, String) {
    let (mut items, mut at) = (Vec::new(), cursor);
    loop {
        let changes = mailbox.changes(at.as_deref(), most).await.unwrap();
        assert!(changes.items.len() <= most as usize, "at most so many");
        items.extend(changes.items);
        at = Some(changes.cursor);
        if !changes.more {
            return (items, at.unwrap());
        }
    }
}

async fn summaries(mailbox: &dyn Mailbox, items: &[Change]) -> Vec<Summary> {
    let ids: Vec<String> = items.iter().map(|it| it.item.clone()).collect();
    let told = mailbox.look(Look::Items(&ids)).await.unwrap();
    assert_eq!(told.len(), ids.len(), "an answer for each");
    let told: Vec<Summary> = told.into_iter().map(Result::unwrap).collect();
    for (summary, id) in told.iter().zip(&ids) {
        assert_eq!(&summary.item, id, "in the order of the question");
    }
    told
}

async fn pages_hold_every_mail_once_and_a_cursor_goes_on(world: &dyn World) {
    let mailbox = world.mailbox();
    for number in 0..7 {
        world.arrives(plain(&format!("mail {number}")).into_bytes());
    }
    let (items, cursor) = all(mailbox.as_ref(), None, 3).await;
    let told = summaries(mailbox.as_ref(), &items).await;
    let subjects: BTreeSet<&str> = told.iter().map(|it| it.facts.subject.as_str()).collect();
    assert_eq!((items.len(), subjects.len()), (7, 7));
    let (nothing, cursor) = all(mailbox.as_ref(), Some(cursor), 3).await;
    assert!(nothing.is_empty(), "{nothing:?}");
    world.arrives(plain("later").into_bytes());
    let (items, after) = all(mailbox.as_ref(), Some(cursor.clone()), 100).await;
    assert_eq!(items.len(), 1);
    assert!(!items[0].updated && !items[0].is_read);
    assert!(items[0].received_at.is_some());
    // a cursor may be used again: what came after it comes again
    let (again, _) = all(mailbox.as_ref(), Some(cursor), 100).await;
    assert_eq!(again.len(), 1);
    let (none, _) = all(mailbox.as_ref(), Some(after), 100).await;
    assert!(none.is_empty());
}

async fn a_cursor_that_is_not_known_is_told(world: &dyn World) {
    let mailbox = world.mailbox();
    world.arrives(plain("one").into_bytes());
    let (_, cursor) = all(mailbox.as_ref(), None, 100).await;
    world.forgets_cursors();
    let told = mailbox.changes(Some(&cursor), 100).await.unwrap_err();
    assert!(matches!(told, MailFault::Cursor { .. }), "{told:?}");
    let told = mailbox.changes(Some("no cursor"), 100).await.unwrap_err();
    assert!(matches!(told, MailFault::Cursor { .. }), "{told:?}");
}

async fn the_newest_are_told_first(world: &dyn World) {
    let mailbox = world.mailbox();
    for subject in ["old", "newer", "newest"] {
        world.arrives(plain(subject).into_bytes());
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let told = mailbox.look(Look::Newest(2)).await.unwrap();
    let told: Vec<String> = told
        .into_iter()
        .map(|it| it.unwrap().facts.subject)
        .collect();
    assert_eq!(told, ["newest", "newer"]);
}

async fn what_is_not_there_is_gone_and_the_others_are_told(world: &dyn World) {
    let mailbox = world.mailbox();
    world.arrives(plain("stays").into_bytes());
    world.arrives(plain("leaves").into_bytes());
    let (items, _) = all(mailbox.as_ref(), None, 100).await;
    let told = summaries(mailbox.as_ref(), &items).await;
    world.moves_away("leaves");
    let ids: Vec<String> = items.iter().map(|it| it.item.clone()).collect();
    let answers = mailbox.look(Look::Items(&ids)).await.unwrap();
    for (summary, answer) in told.iter().zip(answers) {
        match summary.facts.subject.as_str() {
            "stays" => assert_eq!(answer.unwrap().item, summary.item),
            _ => assert_eq!(answer.unwrap_err(), MailFault::Gone),
        }
    }
    let gone = told.iter().find(|it| it.facts.subject == "leaves").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let content = Content::default();
    let stays = told.iter().find(|it| it.facts.subject == "stays").unwrap();
    let other = tempfile::tempdir().unwrap();
    let wishes = [
        Wish {
            mail: gone,
            into: folder.path(),
        },
        Wish {
            mail: stays,
            into: other.path(),
        },
    ];
    let fetched = mailbox.fetch(&wishes, &content).await.unwrap();
    assert_eq!(fetched[0], Err(MailFault::Gone));
    assert!(
        fetched[1].is_ok(),
        "one that is gone holds up no other: {fetched:?}"
    );
}

async fn a_mail_that_is_moved_away_and_back_keeps_what_it_is_known_by(world: &dyn World) {
    let mailbox = world.mailbox();
    world.arrives(plain("travels").into_bytes());
    let (before, cursor) = all(mailbox.as_ref(), None, 100).await;
    let first = summaries(mailbox.as_ref(), &before).await.remove(0);
    world.moves_away("travels");
    let (left, cursor) = all(mailbox.as_ref(), Some(cursor), 100).await;
    assert!(left.is_empty(), "what left is no mail that came: {left:?}");
    world.moves_back("travels");
    let (back, _) = all(mailbox.as_ref(), Some(cursor), 100).await;
    let second = summaries(mailbox.as_ref(), &back).await.remove(0);
    assert_eq!(first.lasting_id, second.lasting_id);
    assert_eq!(first.message_id, second.message_id);
    assert_eq!(first.received_at, second.received_at);
}

async fn content_is_fetched_as_it_was_sent(world: &dyn World) {
    let mailbox = world.mailbox();
    for number in 0..12 {
        world.arrives(plain(&format!("content {number}")).into_bytes());
    }
    let (items, _) = all(mailbox.as_ref(), None, 100).await;
    let mails = summaries(mailbox.as_ref(), &items).await;
    let folders: Vec<_> = mails.iter().map(|_| tempfile::tempdir().unwrap()).collect();
    let wishes: Vec<_> = mails
        .iter()
        .zip(&folders)
        .map(|(mail, folder)| Wish {
            mail,
            into: folder.path(),
        })
        .collect();
    let fetched = mailbox.fetch(&wishes, &Content::default()).await.unwrap();
    assert_eq!(fetched.len(), 12);
    for ((fetched, mail), folder) in fetched.into_iter().zip(&mails).zip(&folders) {
        let mime = plain(&mail.facts.subject).into_bytes();
        match fetched.unwrap().content {
            FetchedContent::Mime { file, size } => {
                assert_eq!(size, mime.len() as u64);
                assert_eq!(std::fs::read(folder.path().join(file)).unwrap(), mime);
            }
            FetchedContent::Parts(parts) => assert!(parts.text.is_some()),
        }
    }
    let (unread, _) = all(mailbox.as_ref(), None, 100).await;
    let is_unread = |it: &Change| !it.is_read;
    assert!(
        unread.iter().all(is_unread),
        "fetching marks nothing as read"
    );
}

async fn what_is_done_is_done_once_and_again_is_no_error(world: &dyn World) {
    let mailbox = world.mailbox();
    for subject in ["one", "two", "three"] {
        world.arrives(plain(subject).into_bytes());
    }
    let (items, _) = all(mailbox.as_ref(), None, 100).await;
    let ids: Vec<String> = items.iter().map(|it| it.item.clone()).collect();
    let mark = Act {
        mark_read: true,
        category: Some("Seen".to_owned()),
        goes: Goes::Nowhere,
    };
    for _ in 0..2 {
        let acted = mailbox.act(&ids, &mark).await.unwrap();
        assert_eq!(acted, vec![Ok(None); 3]);
    }
    for (subject, is_read, categories) in world.there("inbox") {
        assert!(is_read, "{subject}");
        assert_eq!(categories, ["Seen"], "{subject}");
    }
    let file = Act {
        mark_read: false,
        category: None,
        goes: Goes::Into("Done".try_into().unwrap()),
    };
    let moved = mailbox.act(&ids[..2], &file).await.unwrap();
    assert!(moved.iter().all(Result::is_ok), "{moved:?}");
    assert_eq!(world.there("inbox").len(), 1);
    assert_eq!(world.there("Done").len(), 2);
    // one of them is moved already, by its old id
    let again = mailbox.act(&ids, &file).await.unwrap();
    assert!(again.iter().all(Result::is_ok), "{again:?}");
    assert_eq!(world.there("Done").len(), 3);
    let nowhere = Act {
        goes: Goes::Into("Nowhere".try_into().unwrap()),
        ..file.clone()
    };
    world.arrives(plain("four").into_bytes());
    let (items, _) = all(mailbox.as_ref(), None, 100).await;
    let four = [items[0].item.clone()];
    let told = mailbox.act(&four, &nowhere).await;
    let is_told = told.is_err() || told.unwrap()[0].is_err();
    assert!(is_told, "a folder that is not there is told");
    assert_eq!(world.there("inbox").len(), 1, "and nothing is lost");
    let delete = Act {
        goes: Goes::Away(DeleteTo::Nowhere),
        ..file
    };
    for _ in 0..2 {
        let acted = mailbox.act(&four, &delete).await.unwrap();
        assert_eq!(acted, [Ok(None)]);
    }
    assert_eq!(world.there("inbox").len(), 0);
}

/// Exchange Web Services, before the sandbox.
struct Ews {
    rig: Rig,
    mailbox: Arc<dyn Mailbox>,
}

impl Ews {
    async fn new() -> Self {
        let rig = Rig::start().await;
        assert!(
            rig.sandbox
                .add_mail_folder(MAILBOX, "msgfolderroot", "Done")
        );
        let mailbox = Arc::new(rig.mailbox());
        Self { rig, mailbox }
    }
}

#[async_trait]
impl World for Ews {
    fn mailbox(&self) -> Arc<dyn Mailbox> {
        Arc::clone(&self.mailbox)
    }

    fn arrives(&self, mime: Vec<u8>) {
        self.rig.mail(mime);
    }

    fn moves_away(&self, subject: &str) {
        assert!(self.rig.sandbox.move_mail(MAILBOX, subject, "drafts"));
    }

    fn moves_back(&self, subject: &str) {
        assert!(self.rig.sandbox.move_mail(MAILBOX, subject, "inbox"));
    }

    fn there(&self, folder: &str) -> Vec<(String, bool, Vec<String>)> {
        let mails = self.rig.sandbox.mails(MAILBOX, folder).into_iter();
        mails
            .map(|it| (it.subject, it.is_read, it.categories))
            .collect()
    }

    fn forgets_cursors(&self) {
        self.rig.fault(
            None,
            Some(1),
            grantd_sandbox::MailFaultKind::ForgetSyncStates,
        );
    }
}

macro_rules! contract {
    ($($name:ident)*) => {
        mod ews {
            use super::*;
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&Ews::new().await).await;
                }
            )*
        }
    };
}

contract! {
    pages_hold_every_mail_once_and_a_cursor_goes_on
    a_cursor_that_is_not_known_is_told
    the_newest_are_told_first
    what_is_not_there_is_gone_and_the_others_are_told
    a_mail_that_is_moved_away_and_back_keeps_what_it_is_known_by
    content_is_fetched_as_it_was_sent
    what_is_done_is_done_once_and_again_is_no_error
}
