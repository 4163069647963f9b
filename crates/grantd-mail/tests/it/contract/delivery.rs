//! The contract of a place of delivery, and the two layouts of a spool folder under it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use grantd_mail::SpoolConfig;
use grantd_mail::delivery::spool::Spool;
use grantd_mail::delivery::turns::DiskTurns;
use grantd_mail::delivery::{Delivery, ReadyMail};
use grantd_model::MailKey;
use grantd_model::listener::SpoolLayout;
use grantd_testkit::TestRandom;
use tempfile::TempDir;

use super::Place;
use crate::rig::{envelope_in, plain};

fn key(digit: &str) -> MailKey {
    MailKey::new(digit.repeat(32)).unwrap()
}

/// A mail of this subject on a desk of the delivery, ready to be delivered.
async fn ready(delivery: &dyn Delivery, key: &MailKey, subject: &str, again: bool) -> ReadyMail {
    let work = delivery.begin().await.unwrap();
    let left: Vec<_> = std::fs::read_dir(&work).unwrap().collect();
    assert!(left.is_empty(), "a desk is empty: {left:?}");
    let envelope = envelope_in(&work, key.as_str(), plain(subject).as_bytes());
    ReadyMail {
        key: key.clone(),
        work,
        envelope,
        again,
    }
}

async fn delivered(delivery: &dyn Delivery, mails: Vec<ReadyMail>) {
    let count = mails.len();
    let done = delivery.deliver(mails).await;
    assert_eq!(done, vec![Ok(()); count]);
}

async fn mails_that_go_together_stand_alone(place: &dyn Place) {
    let delivery = place.delivery();
    let mut mails = Vec::new();
    for (digit, subject) in [("a", "one"), ("b", "two"), ("c", "three")] {
        mails.push(ready(delivery.as_ref(), &key(digit), subject, false).await);
    }
    // what one of them lacks is told of it alone
    std::fs::remove_file(mails[1].work.join("mail.eml")).unwrap();
    let done = delivery.deliver(mails).await;
    assert!(
        done[0].is_ok() && done[1].is_err() && done[2].is_ok(),
        "{done:?}"
    );
    assert_eq!(place.keys(), [key("a").to_string(), key("c").to_string()]);
}

async fn a_mail_is_there_once_by_its_key(place: &dyn Place) {
    let delivery = place.delivery();
    delivery.check().await.unwrap();
    let (a, b) = (key("a"), key("b"));
    for (key, subject) in [(&a, "first"), (&b, "second")] {
        let mail = ready(delivery.as_ref(), key, subject, false).await;
        delivered(delivery.as_ref(), vec![mail]).await;
    }
    assert_eq!(place.keys(), [a.to_string(), b.to_string()]);
    // delivered once more by itself: what is there stays
    let mail = ready(delivery.as_ref(), &a, "another", false).await;
    delivered(delivery.as_ref(), vec![mail]).await;
    assert_eq!(place.subject(a.as_str()), "first");
    // because somebody asked for it: it is replaced
    let mail = ready(delivery.as_ref(), &a, "again", true).await;
    delivered(delivery.as_ref(), vec![mail]).await;
    assert_eq!(place.subject(a.as_str()), "again");
    assert_eq!(place.keys(), [a.to_string(), b.to_string()]);
    assert_eq!(place.leftovers(), Vec::<PathBuf>::new());
}

async fn desks_are_apart_and_what_is_begun_can_be_thrown_away(place: &dyn Place) {
    let delivery = place.delivery();
    let one = ready(delivery.as_ref(), &key("a"), "one", false).await;
    let two = ready(delivery.as_ref(), &key("b"), "two", false).await;
    assert_ne!(one.work, two.work);
    delivery.clear(Some(one.work)).await.unwrap();
    delivered(delivery.as_ref(), vec![two]).await;
    assert_eq!(place.keys(), [key("b").to_string()]);
    let three = ready(delivery.as_ref(), &key("c"), "three", false).await;
    delivery.clear(None).await.unwrap();
    assert!(!three.work.exists());
    assert_eq!(place.leftovers(), Vec::<PathBuf>::new());
    assert_eq!(
        place.keys(),
        [key("b").to_string()],
        "what was delivered stays"
    );
    let four = ready(delivery.as_ref(), &key("d"), "four", false).await;
    delivered(delivery.as_ref(), vec![four]).await;
    assert_eq!(place.keys().len(), 2);
}

async fn a_place_that_is_gone_is_told_and_nothing_is_half_there(place: &dyn Place) {
    let delivery = place.delivery();
    let mail = ready(delivery.as_ref(), &key("a"), "one", false).await;
    place.takes_away();
    assert!(delivery.check().await.is_err());
    assert!(delivery.begin().await.is_err());
    assert!(delivery.deliver(vec![mail]).await.remove(0).is_err());
    place.brings_back();
    assert_eq!(place.keys(), Vec::<String>::new());
    delivery.check().await.unwrap();
    let mail = ready(delivery.as_ref(), &key("a"), "one", false).await;
    delivered(delivery.as_ref(), vec![mail]).await;
    assert_eq!(place.keys(), [key("a").to_string()]);
}

/// A spool folder.
struct SpoolFolder {
    folder: TempDir,
    layout: SpoolLayout,
    delivery: Arc<Spool>,
}

impl SpoolFolder {
    fn new(layout: SpoolLayout) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("spool")).unwrap();
        let config = SpoolConfig {
            folder: folder.path().join("spool"),
        };
        let random = Arc::new(TestRandom::seeded(3));
        let delivery = Arc::new(Spool::new(
            &config,
            layout,
            None,
            random,
            DiskTurns::default(),
        ));
        Self {
            folder,
            layout,
            delivery,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    fn mails(&self) -> PathBuf {
        match self.layout {
            SpoolLayout::Files => self.path(),
            SpoolLayout::Maildir => self.path().join("new"),
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for path in entries.map(|it| it.unwrap().path()) {
        if path.is_dir() {
            all.extend(files_below(&path));
        } else {
            all.push(path);
        }
    }
    all
}

impl Place for SpoolFolder {
    fn delivery(&self) -> Arc<dyn Delivery> {
        self.delivery.clone()
    }

    fn keys(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.mails()) else {
            return Vec::new();
        };
        let names = entries.map(|it| it.unwrap().file_name().to_string_lossy().into_owned());
        let mut keys: Vec<String> = match self.layout {
            SpoolLayout::Files => names
                .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
                .collect(),
            SpoolLayout::Maildir => names.collect(),
        };
        keys.sort();
        keys
    }

    fn subject(&self, key: &str) -> String {
        let name = match self.layout {
            SpoolLayout::Files => format!("{key}.eml"),
            SpoolLayout::Maildir => key.to_owned(),
        };
        let mime = std::fs::read_to_string(self.mails().join(name)).unwrap();
        let line = mime.lines().find_map(|it| it.strip_prefix("Subject: "));
        line.unwrap().to_owned()
    }

    fn takes_away(&self) {
        std::fs::rename(self.path(), self.folder.path().join("away")).unwrap();
    }

    fn brings_back(&self) {
        std::fs::rename(self.folder.path().join("away"), self.path()).unwrap();
    }

    fn leftovers(&self) -> Vec<PathBuf> {
        files_below(&self.path().join(".grantd"))
    }
}

macro_rules! contract {
    ($layout:ident: $kind:expr; $($name:ident)*) => {
        mod $layout {
            use super::*;
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&SpoolFolder::new($kind)).await;
                }
            )*
        }
    };
}

contract! {
    files: SpoolLayout::Files;
    mails_that_go_together_stand_alone
    a_mail_is_there_once_by_its_key
    desks_are_apart_and_what_is_begun_can_be_thrown_away
    a_place_that_is_gone_is_told_and_nothing_is_half_there
}

contract! {
    maildir: SpoolLayout::Maildir;
    mails_that_go_together_stand_alone
    a_mail_is_there_once_by_its_key
    desks_are_apart_and_what_is_begun_can_be_thrown_away
    a_place_that_is_gone_is_told_and_nothing_is_half_there
}
