//! A mailbox by Exchange Web Services.

use std::collections::HashMap;

use async_trait::async_trait;
use grantd_model::listener::{Content, ExchangeVersion, FolderPath};
use tokio::sync::Mutex;

use super::folder::{self, nothing};
use super::operation::{convert_id, find_item, get_item, sync_folder_items};
use super::session::EwsSession;
use super::soap::{CodeFault, ResponseMessage};
use super::xml::Element;
use crate::fault::MailFault;
use crate::mailbox::{Act, Acted, Changes, Fetched, Look, Mailbox, Summary, Wish};

/// How many mails are asked for in one request: what Exchange's own advice allows.
pub(super) const AT_ONCE: usize = 10;

/// A folder of a mailbox.
pub struct EwsMailbox {
    pub(super) session: EwsSession,
    path: FolderPath,
    /// The ids of folders, as long as they are good.
    folders: Mutex<HashMap<FolderPath, String>>,
}

impl EwsMailbox {
    /// This folder of the session's mailbox.
    #[must_use]
    pub fn new(session: EwsSession, path: FolderPath) -> Self {
        Self {
            session,
            path,
            folders: Mutex::default(),
        }
    }

    /// The folder, with how many items are in it; asks the server for it.
    pub(crate) async fn open(&self) -> Result<super::operation::get_folder::Folder, MailFault> {
        let folder = folder::find(&self.session, &self.path).await?;
        let mut folders = self.folders.lock().await;
        folders.insert(self.path.clone(), folder.id.clone());
        Ok(folder)
    }

    /// The mails' entry ids, by which programs of MAPI know them; absent for those of which the server
    /// does not tell.
    pub(crate) async fn entry_ids(
        &self,
        items: &[String],
    ) -> Result<Vec<Option<String>>, MailFault> {
        let mailbox = self.session.mailbox().as_str();
        let messages = self
            .session
            .call(|_| convert_id::to_entry_ids(items, mailbox))
            .await?;
        let ids = messages.into_iter().map(|message| {
            let element = message.result.ok()?;
            convert_id::parse(&element)
        });
        Ok(ids.collect())
    }

    /// Which version of Exchange answers, for people.
    pub(crate) fn server(&self) -> String {
        match self.session.server() {
            Some((major, minor, build)) => format!("Exchange {major}.{minor}.{build}"),
            None => "the server".to_owned(),
        }
    }

    /// The id of a folder; it is looked for once.
    pub(crate) async fn folder_id(&self, path: &FolderPath) -> Result<String, MailFault> {
        // one at a time: what the first finds, the others take
        let mut folders = self.folders.lock().await;
        if let Some(id) = folders.get(path) {
            return Ok(id.clone());
        }
        let folder = folder::find(&self.session, path).await?;
        folders.insert(path.clone(), folder.id.clone());
        Ok(folder.id)
    }

    /// Forgets where a folder is.
    pub(super) async fn forget_folder(&self, path: &FolderPath) {
        self.folders.lock().await.remove(path);
    }

    /// Asks for something of several mails: an answer for each.
    pub(super) async fn many(
        &self,
        count: usize,
        body: impl Fn(ExchangeVersion) -> String + Sync,
    ) -> Result<Vec<Result<Element, MailFault>>, MailFault> {
        let messages = self.session.call(body).await?.into_iter();
        let mut all: Vec<_> = messages.map(|it| element(Some(it))).take(count).collect();
        // one message for each is promised; a server that breaks it is asked again
        all.resize_with(count, || Err(MailFault::NotReached));
        Ok(all)
    }

    /// Asks for something in a folder; where it is not there any more, it is looked for once again.
    async fn in_folder(
        &self,
        path: &FolderPath,
        body: impl Fn(&str) -> String + Sync,
    ) -> Result<Element, MailFault> {
        let id = self.folder_id(path).await?;
        match self.one(|_| body(&id)).await {
            Err(MailFault::Configuration {
                class: "no_such_folder",
                ..
            }) => {
                self.folders.lock().await.remove(path);
                let id = self.folder_id(path).await?;
                self.one(|_| body(&id)).await
            }
            done => done,
        }
    }

    pub(super) async fn one(
        &self,
        body: impl Fn(ExchangeVersion) -> String + Sync,
    ) -> Result<Element, MailFault> {
        element(self.session.call(body).await?.into_iter().next())
    }

    async fn summaries(
        &self,
        items: &[String],
    ) -> Result<Vec<Result<Summary, MailFault>>, MailFault> {
        let mut all = Vec::with_capacity(items.len());
        for part in items.chunks(AT_ONCE) {
            let answers = self.many(part.len(), |_| get_item::summaries(part)).await?;
            for (item, element) in part.iter().zip(answers) {
                let summary = element
                    .and_then(|element| get_item::summary(&element).map_err(CodeFault::into_fault));
                all.push(match summary {
                    // an answer to another question: it is asked by itself
                    Ok(summary) if part.len() > 1 && summary.item != *item => {
                        Err(MailFault::NotReached)
                    }
                    // the id that was asked for is the one that is known here
                    summary => summary.map(|summary| Summary {
                        item: item.clone(),
                        ..summary
                    }),
                });
            }
        }
        Ok(all)
    }
}

#[async_trait]
impl Mailbox for EwsMailbox {
    async fn changes(&self, cursor: Option<&str>, most: u32) -> Result<Changes, MailFault> {
        let answer = self
            .in_folder(&self.path, |folder| {
                sync_folder_items::request(folder, cursor, most)
            })
            .await;
        if let Err(MailFault::Cursor { .. }) = &answer {
            // it may be because the folder is another one now
            self.forget_folder(&self.path).await;
        }
        let (items, cursor, last) =
            sync_folder_items::parse(&answer?).map_err(CodeFault::into_fault)?;
        Ok(Changes {
            items,
            folder: self.folder_id(&self.path).await?,
            cursor,
            more: !last,
            server_now: self.session.server_now(),
        })
    }

    async fn look(&self, at: Look<'_>) -> Result<Vec<Result<Summary, MailFault>>, MailFault> {
        match at {
            Look::Items(items) => self.summaries(items).await,
            Look::Newest(most) => {
                let answer = self
                    .in_folder(&self.path, |folder| find_item::newest(folder, most))
                    .await?;
                self.summaries(&find_item::parse(&answer)).await
            }
        }
    }

    async fn fetch(
        &self,
        mails: &[Wish<'_>],
        content: &Content,
    ) -> Result<Vec<Result<Fetched, MailFault>>, MailFault> {
        self.fetch_all(mails, content).await
    }

    async fn act(&self, items: &[String], act: &Act) -> Result<Vec<Acted>, MailFault> {
        let mut all = Vec::with_capacity(items.len());
        for part in items.chunks(AT_ONCE) {
            all.extend(self.carry_out(part, act).await?);
        }
        Ok(all)
    }
}

pub(super) fn element(message: Option<ResponseMessage>) -> Result<Element, MailFault> {
    let message = message.ok_or_else(nothing)?;
    message.result.map_err(CodeFault::into_fault)
}

/// Cuts a text off at so many bytes, at the end of a character; tells whether it did.
pub(crate) fn cut(text: &mut String, most: usize) -> bool {
    if text.len() <= most {
        return false;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    true
}
