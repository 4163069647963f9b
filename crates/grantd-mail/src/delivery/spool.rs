//! A spool folder: files of mails for whoever takes them from there.
//!
//! `KEY.eml`, `KEY.attachments/` and, when all of it is there, `KEY.json`; or a maildir. Invariant: a
//! name in the folder is whole and durable, and there is one for each key.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use grantd_model::listener::SpoolLayout;
use grantd_model::{ListenerId, Randomness, documented};
use serde::Deserialize;

use super::turns::DiskTurns;
use super::{Delivery, ReadyMail, files};
use crate::fault::MailFault;
use crate::protocol::ews::random_text;

/// The folder for what is not whole yet, within the spool folder so that it is on the same disk.
const WORK: &str = ".grantd";

documented! {
    /// A spool folder as the configuration declares it.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct SpoolConfig {
        /// The folder, absolute. It is not made: a disk that is not mounted must not be taken for it.
        pub folder: PathBuf,
    }
}

/// Delivers into a spool folder.
pub struct Spool {
    folder: PathBuf,
    work: PathBuf,
    layout: SpoolLayout,
    random: Arc<dyn Randomness>,
    desks: Arc<Desks>,
    turns: DiskTurns,
}

/// Folders for mails while they are fetched. They are used again: a file system that has just removed
/// folders looks long for room for new ones.
#[derive(Default)]
struct Desks {
    free: Mutex<Vec<PathBuf>>,
    made: AtomicU64,
}

impl Desks {
    fn take(&self) -> Option<PathBuf> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop()
    }

    fn new_name(&self) -> String {
        format!("desk-{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// Clears one and gives it back; one that can not be cleared is not used again.
    fn give_back(&self, desk: PathBuf) -> io::Result<()> {
        if !files::is_folder(&desk)? {
            // whoever cleans up took it away, and others as well
            self.forget();
            return Ok(());
        }
        files::empty_folder(&desk)?;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(desk);
        Ok(())
    }

    fn forget(&self) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.clear();
    }
}

impl Spool {
    /// For this listener.
    #[must_use]
    pub fn new(
        config: &SpoolConfig,
        layout: SpoolLayout,
        listener: Option<ListenerId>,
        random: Arc<dyn Randomness>,
        turns: DiskTurns,
    ) -> Self {
        let name = listener.map_or_else(|| "test".to_owned(), |id| id.to_string());
        Self {
            folder: config.folder.clone(),
            work: config.folder.join(WORK).join(name),
            layout,
            random,
            desks: Arc::default(),
            turns,
        }
    }

    async fn at_the_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, MailFault> {
        let done = self.turns.run(work).await?;
        done.map_err(|error| MailFault::of_disk(&error))
    }
}

#[async_trait]
impl Delivery for Spool {
    async fn check(&self) -> Result<(), MailFault> {
        let (folder, work) = (self.folder.clone(), self.work.clone());
        let probe = work.join(format!("probe-{}", random_text(self.random.as_ref())));
        self.at_the_disk(move || {
            is_a_folder(&folder)?;
            files::make_folder(&work)?;
            files::write(&probe, b"probe")?;
            files::sync(&probe)?;
            files::remove_file(&probe)
        })
        .await
    }

    async fn begin(&self) -> Result<PathBuf, MailFault> {
        if let Some(desk) = self.desks.take() {
            return Ok(desk);
        }
        let (folder, work) = (self.folder.clone(), self.work.join(self.desks.new_name()));
        self.at_the_disk(move || {
            is_a_folder(&folder)?;
            files::make_folder(&work)?;
            Ok(work)
        })
        .await
    }

    async fn deliver(&self, mails: Vec<ReadyMail>) -> Vec<Result<(), MailFault>> {
        let (folder, layout) = (self.folder.clone(), self.layout);
        let desks = Arc::clone(&self.desks);
        let count = mails.len();
        let mut answers: Vec<_> = mails.iter().map(|mail| takes(layout, mail)).collect();
        let mails: Vec<ReadyMail> = mails
            .into_iter()
            .zip(&answers)
            .filter_map(|(mail, taken)| taken.is_ok().then_some(mail))
            .collect();
        let done = self.at_the_disk(move || {
            let done = put_all(&folder, layout, &mails);
            let all = mails.into_iter().zip(done);
            Ok(all
                .map(|(mail, done)| done.and_then(|()| desks.give_back(mail.work)))
                .collect::<Vec<_>>())
        });
        let done = match done.await {
            Ok(done) => done
                .into_iter()
                .map(|it| it.map_err(|error| MailFault::of_disk(&error)))
                .collect(),
            Err(fault) => vec![Err(fault); count],
        };
        let taken = answers.iter_mut().filter(|it| it.is_ok());
        for (answer, done) in taken.zip(done) {
            *answer = done;
        }
        answers
    }

    async fn clear(&self, work: Option<PathBuf>) -> Result<(), MailFault> {
        let (all, desks) = (self.work.clone(), Arc::clone(&self.desks));
        self.at_the_disk(move || {
            if let Some(desk) = work {
                desks.give_back(desk)
            } else {
                desks.forget();
                files::remove_folder(&all)
            }
        })
        .await
    }
}

fn is_a_folder(folder: &Path) -> io::Result<()> {
    if files::is_folder(folder)? {
        return Ok(());
    }
    let text = format!("the spool folder {} does not exist", folder.display());
    Err(io::Error::new(io::ErrorKind::NotFound, text))
}

/// The last step of a delivery: this is put there, and with it the mail is.
struct Last {
    from: PathBuf,
    to: PathBuf,
}

/// Delivers mails: all but the last step of each is made durable together, then the last steps are.
fn put_all(folder: &Path, layout: SpoolLayout, mails: &[ReadyMail]) -> Vec<io::Result<()>> {
    let home = match layout {
        SpoolLayout::Files => folder.to_owned(),
        SpoolLayout::Maildir => folder.join("new"),
    };
    let prepared = mails.iter().map(|mail| match layout {
        SpoolLayout::Files => prepare_files(folder, mail),
        SpoolLayout::Maildir => prepare_maildir(folder, mail),
    });
    let prepared: Vec<io::Result<Option<Last>>> = prepared.collect();
    // so that whoever finds an envelope finds the rest, even after the machine went down
    let synced = files::sync(&home);
    let put = |last: Option<Last>| match last {
        Some(last) => files::put(&last.from, &last.to),
        // it may have been put there just before the machine went down
        None => Ok(()),
    };
    let done: Vec<io::Result<()>> = prepared
        .into_iter()
        .map(|last| match &synced {
            Ok(()) => last.and_then(put),
            Err(error) => last.and_then(|_| Err(like(error))),
        })
        .collect();
    match files::sync(&home) {
        Ok(()) => done,
        Err(error) => done
            .into_iter()
            .map(|done| done.and_then(|()| Err(like(&error))))
            .collect(),
    }
}

/// The same error once more.
fn like(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

/// Whether this place can take the mail at all.
fn takes(layout: SpoolLayout, mail: &ReadyMail) -> Result<(), MailFault> {
    if layout == SpoolLayout::Maildir && mail.envelope.mime.is_none() {
        return Err(MailFault::Poison {
            class: "no_mime",
            detail:
                "a maildir takes mails as MIME alone, and this one is too large for that by the \
                     listener's settings, or the server can not give it so"
                    .to_owned(),
        });
    }
    Ok(())
}

fn prepare_files(folder: &Path, mail: &ReadyMail) -> io::Result<Option<Last>> {
    let key = mail.key.as_str();
    let place = |ending: &str| folder.join(format!("{key}{ending}"));
    let (json, eml, attachments) = (place(".json"), place(".eml"), place(".attachments"));
    if files::is_there(&json)? {
        if !mail.again {
            return Ok(None);
        }
        files::remove_file(&json)?;
    }
    let mut envelope = mail.envelope.clone();
    let mut whole = Vec::new();
    if let Some(mime) = &mut envelope.mime {
        whole.push(mail.work.join(&mime.file));
        mime.file = format!("{key}.eml");
    }
    let has_files = envelope.attachments.iter().any(|it| it.file.is_some());
    for attachment in &mut envelope.attachments {
        if let Some(file) = &mut attachment.file {
            whole.push(mail.work.join(&*file));
            *file = format!("{key}.{file}");
        }
    }
    let document = mail.work.join("envelope.json");
    let mut text = serde_json::to_vec_pretty(&envelope)?;
    text.push(b'\n');
    files::write(&document, &text)?;
    whole.push(document.clone());
    for file in &whole {
        files::sync(file)?;
    }
    // what stands there without envelope is of an attempt that was cut off
    files::remove_folder(&attachments)?;
    if has_files {
        let made = mail.work.join("attachments");
        files::sync(&made)?;
        files::put(&made, &attachments)?;
    }
    if mail.envelope.mime.is_some() {
        files::put(&mail.work.join("mail.eml"), &eml)?;
    } else {
        files::remove_file(&eml)?;
    }
    Ok(Some(Last {
        from: document,
        to: json,
    }))
}

fn prepare_maildir(folder: &Path, mail: &ReadyMail) -> io::Result<Option<Last>> {
    let key = mail.key.as_str();
    let (new, cur) = (folder.join("new"), folder.join("cur"));
    is_a_folder(folder)?;
    for part in [&new, &cur, &folder.join("tmp")] {
        files::make_folder(part)?;
    }
    let target = new.join(key);
    let there = files::is_there(&target)? || files::has_name_with(&cur, &format!("{key}:"))?;
    if there && !mail.again {
        return Ok(None);
    }
    let Some(mime) = &mail.envelope.mime else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let made = mail.work.join(&mime.file);
    files::sync(&made)?;
    Ok(Some(Last {
        from: made,
        to: target,
    }))
}
