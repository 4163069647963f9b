//! A mailbox by Exchange Web Services.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use grantd_model::listener::{Content, ExchangeVersion, FolderPath};
use tokio::sync::Mutex;

use super::divert::Sink;
use super::folder::{self, nothing};
use super::operation::{convert_id, find_item, get_attachment, get_item, sync_folder_items};
use super::session::EwsSession;
use super::soap::{CodeFault, ResponseMessage};
use super::xml::Element;
use crate::delivery::files::{self, NewFile};
use crate::fault::MailFault;
use crate::mailbox::{
    Act, Acted, Changes, Fetched, FetchedContent, Look, Mailbox, PartAttachment, Summary,
};

/// How many mails are asked for in one request: what Exchange's own advice allows.
const AT_ONCE: usize = 10;

/// The name of the file that holds a mail as MIME.
const MIME_FILE: &str = "mail.eml";

/// A folder of a mailbox.
pub struct EwsMailbox {
    session: EwsSession,
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

    pub(super) async fn folder_id(&self, path: &FolderPath) -> Result<String, MailFault> {
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

    async fn one(
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
                // the id that was asked for is the one that is known here
                all.push(summary.map(|summary| Summary {
                    item: item.clone(),
                    ..summary
                }));
            }
        }
        Ok(all)
    }

    async fn mime(&self, mail: &Summary, into: &Path) -> Result<FetchedContent, MailFault> {
        let mut sink = FileSink::new(into.join(MIME_FILE), u64::MAX);
        let items = [mail.item.clone()];
        let messages = self
            .session
            .call_into(|_| get_item::mime(&items), get_item::MIME, &mut sink)
            .await?;
        element(messages.into_iter().next())?;
        match sink.size {
            Some(size) => Ok(FetchedContent::Mime {
                file: MIME_FILE.to_owned(),
                size,
            }),
            None => Err(MailFault::Poison {
                class: "no_mime",
                detail: "the answer of the mailbox server holds no MIME".to_owned(),
            }),
        }
    }

    async fn parts(
        &self,
        mail: &Summary,
        content: &Content,
        into: &Path,
        reason: &'static str,
    ) -> Result<FetchedContent, MailFault> {
        let answer = match self.one(|_| get_item::parts(&mail.item, true)).await {
            Err(MailFault::Poison { .. }) => {
                self.one(|_| get_item::parts(&mail.item, false)).await?
            }
            answer => answer?,
        };
        let (mut parts, ids) = get_item::read_parts(&answer).map_err(CodeFault::into_fault)?;
        parts.reason = reason;
        let most = usize::try_from(content.most_body_bytes).unwrap_or(usize::MAX);
        for body in [&mut parts.text, &mut parts.html].into_iter().flatten() {
            parts.truncated |= cut(body, most);
        }
        for (number, (attachment, id)) in parts.attachments.iter_mut().zip(ids).enumerate() {
            let Some(id) = id else { continue };
            if !content.attachments || (attachment.inline && !content.inline) {
                attachment.omitted = Some("not_wanted");
                continue;
            }
            if attachment.size > content.most_attachment_bytes {
                attachment.omitted = Some("too_large");
                continue;
            }
            let place = into.join(format!("part-{number}"));
            self.attachment(&id, attachment, place, content.most_attachment_bytes)
                .await?;
        }
        Ok(FetchedContent::Parts(Box::new(parts)))
    }

    async fn attachment(
        &self,
        id: &str,
        attachment: &mut PartAttachment,
        place: PathBuf,
        most: u64,
    ) -> Result<(), MailFault> {
        let file = place
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let mut sink = FileSink::new(place, most);
        let answer = self
            .session
            .call_into(
                |_| get_attachment::request(id),
                get_attachment::CONTENT,
                &mut sink,
            )
            .await;
        let answer = answer.and_then(|messages| element(messages.into_iter().next()));
        match answer {
            Ok(_) if sink.overflown => attachment.omitted = Some("too_large"),
            Ok(_) => match sink.size {
                Some(size) => {
                    attachment.size = size;
                    attachment.file = file;
                }
                None => attachment.omitted = Some("unreadable"),
            },
            Err(MailFault::Poison { .. } | MailFault::Gone) => {
                attachment.omitted = Some("unreadable");
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }
}

#[async_trait]
impl Mailbox for EwsMailbox {
    async fn changes(&self, cursor: Option<&str>, most: u32) -> Result<Changes, MailFault> {
        let answer = self
            .in_folder(&self.path, |folder| {
                sync_folder_items::request(folder, cursor, most)
            })
            .await?;
        let (items, cursor, last) =
            sync_folder_items::parse(&answer).map_err(CodeFault::into_fault)?;
        Ok(Changes {
            items,
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
        mail: &Summary,
        content: &Content,
        into: &Path,
    ) -> Result<Fetched, MailFault> {
        let fetched = if mail.facts.size > content.most_mime_bytes {
            self.parts(mail, content, into, "too_large").await?
        } else {
            match self.mime(mail, into).await {
                Err(MailFault::Poison { class, .. }) => {
                    self.parts(mail, content, into, class).await?
                }
                fetched => fetched?,
            }
        };
        let entry_id = if content.entry_id {
            let items = [mail.item.clone()];
            self.entry_ids(&items).await?.pop().flatten()
        } else {
            None
        };
        Ok(Fetched {
            content: fetched,
            entry_id,
        })
    }

    async fn act(&self, items: &[String], act: &Act) -> Result<Vec<Acted>, MailFault> {
        let mut all = Vec::with_capacity(items.len());
        for part in items.chunks(AT_ONCE) {
            all.extend(self.carry_out(part, act).await?);
        }
        Ok(all)
    }
}

fn element(message: Option<ResponseMessage>) -> Result<Element, MailFault> {
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

/// Writes the one content of an answer into a file, up to a size.
struct FileSink {
    place: PathBuf,
    file: Option<BufWriter<NewFile>>,
    most: u64,
    written: u64,
    overflown: bool,
    /// How large it is, once it is whole.
    size: Option<u64>,
}

impl FileSink {
    fn new(place: PathBuf, most: u64) -> Self {
        Self {
            place,
            file: None,
            most,
            written: 0,
            overflown: false,
            size: None,
        }
    }
}

impl Sink for FileSink {
    fn begin(&mut self, number: usize) -> std::io::Result<()> {
        if number == 0 || self.file.is_none() {
            self.written = 0;
            let file = files::replace(&self.place)?;
            self.file = Some(BufWriter::with_capacity(64 * 1024, file));
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.written += bytes.len() as u64;
        if self.written > self.most {
            // the rest is read over
            self.overflown = true;
            return Ok(());
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> std::io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
            self.size = Some(self.written);
        }
        Ok(())
    }
}
