//! The content of mails: as MIME, small ones together in one request, or in parts where MIME can not be
//! had.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use grantd_model::listener::Content;

use super::divert::Sink;
use super::mailbox::{AT_ONCE, EwsMailbox, cut, element};
use super::operation::{get_attachment, get_item};
use super::soap::{CodeFault, ResponseMessage};
use crate::delivery::files::{self, NewFile};
use crate::fault::MailFault;
use crate::mailbox::{Fetched, FetchedContent, PartAttachment, Summary, Wish};

/// The name of the file that holds a mail as MIME.
const MIME_FILE: &str = "mail.eml";

/// Up to which size mails are fetched together, in bytes.
const SMALL: u64 = 256 * 1024;

impl EwsMailbox {
    /// Fetches mails. Once a fault concerns others as well, the rest is not asked for any more.
    pub(super) async fn fetch_all(
        &self,
        mails: &[Wish<'_>],
        content: &Content,
    ) -> Result<Vec<Result<Fetched, MailFault>>, MailFault> {
        let most = SMALL.min(content.most_mime_bytes);
        let is_small = |wish: &&Wish<'_>| wish.mail.facts.size <= most;
        let mut all: Vec<Result<FetchedContent, MailFault>> = Vec::with_capacity(mails.len());
        let mut rest = mails;
        while !rest.is_empty() {
            let small = rest.iter().take(AT_ONCE).take_while(is_small).count();
            let (some, behind) = rest.split_at(small.max(1));
            if small > 1
                && let Some(contents) = self.together(some).await?
            {
                all.extend(contents.into_iter().map(Ok));
            } else {
                for wish in some {
                    let fetched = self.alone(wish, content).await;
                    let of_others = match &fetched {
                        Err(MailFault::Gone) | Ok(_) => None,
                        Err(fault) => Some(fault).filter(|it| !it.is_of_the_mail()).cloned(),
                    };
                    all.push(fetched);
                    if let Some(fault) = of_others {
                        all.resize_with(mails.len(), || Err(fault.clone()));
                        return Ok(without_entry_ids(all));
                    }
                }
            }
            rest = behind;
        }
        if !content.entry_id {
            return Ok(without_entry_ids(all));
        }
        let items: Vec<String> = mails.iter().map(|it| it.mail.item.clone()).collect();
        let ids = self.entry_ids(&items).await?;
        let ids = ids.into_iter().chain(std::iter::repeat(None));
        let with_ids = all
            .into_iter()
            .zip(ids)
            .map(|(fetched, entry_id)| fetched.map(|content| Fetched { content, entry_id }));
        Ok(with_ids.collect())
    }

    /// Some mails as MIME by one request; nothing where that did not work out for one of them, and each
    /// has to be asked for by itself.
    async fn together(&self, mails: &[Wish<'_>]) -> Result<Option<Vec<FetchedContent>>, MailFault> {
        let places = mails.iter().map(|it| it.into.join(MIME_FILE)).collect();
        let mut sink = FileSink::new(places, u64::MAX);
        let items: Vec<String> = mails.iter().map(|it| it.mail.item.clone()).collect();
        let messages = self
            .session
            .call_into(|_| get_item::mime(&items), get_item::MIME, &mut sink)
            .await?;
        // contents stand in the order of the question, and each has to be of the mail that was asked for
        let is_of = |(message, wish): (&ResponseMessage, &Wish<'_>)| {
            let element = message.result.as_ref().ok();
            element.and_then(get_item::id) == Some(wish.mail.item.clone())
        };
        let is_whole = messages.len() == mails.len()
            && sink.sizes.len() == mails.len()
            && messages.iter().zip(mails).all(is_of);
        Ok(is_whole.then(|| {
            let sizes = sink.sizes.into_iter();
            sizes.map(in_file).collect()
        }))
    }

    async fn alone(&self, wish: &Wish<'_>, content: &Content) -> Result<FetchedContent, MailFault> {
        let (mail, into) = (wish.mail, wish.into);
        if mail.facts.size > content.most_mime_bytes {
            return self.parts(mail, content, into, "too_large").await;
        }
        match self.mime(mail, into).await {
            Err(MailFault::Poison { class, .. }) => self.parts(mail, content, into, class).await,
            fetched => fetched,
        }
    }

    async fn mime(&self, mail: &Summary, into: &Path) -> Result<FetchedContent, MailFault> {
        let mut sink = FileSink::new(vec![into.join(MIME_FILE)], u64::MAX);
        let items = [mail.item.clone()];
        let messages = self
            .session
            .call_into(|_| get_item::mime(&items), get_item::MIME, &mut sink)
            .await?;
        element(messages.into_iter().next())?;
        match sink.sizes.first() {
            Some(size) => Ok(in_file(*size)),
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
        let mut sink = FileSink::new(vec![place], most);
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
            Ok(_) => match sink.sizes.first() {
                Some(size) => {
                    attachment.size = *size;
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

fn in_file(size: u64) -> FetchedContent {
    FetchedContent::Mime {
        file: MIME_FILE.to_owned(),
        size,
    }
}

fn without_entry_ids(
    all: Vec<Result<FetchedContent, MailFault>>,
) -> Vec<Result<Fetched, MailFault>> {
    let all = all.into_iter();
    all.map(|fetched| {
        fetched.map(|content| Fetched {
            content,
            entry_id: None,
        })
    })
    .collect()
}

/// Writes the contents of an answer into files, one after the other, each up to a size.
struct FileSink {
    places: Vec<PathBuf>,
    file: Option<BufWriter<NewFile>>,
    most: u64,
    written: u64,
    overflown: bool,
    /// How large each is that is whole.
    sizes: Vec<u64>,
}

impl FileSink {
    fn new(places: Vec<PathBuf>, most: u64) -> Self {
        Self {
            places,
            file: None,
            most,
            written: 0,
            overflown: false,
            sizes: Vec::new(),
        }
    }
}

impl Sink for FileSink {
    fn begin(&mut self, number: usize) -> std::io::Result<()> {
        if number == 0 {
            // an answer may come twice, because the first one was of no use
            self.sizes.clear();
        }
        self.written = 0;
        self.file = match self.places.get(number) {
            Some(place) => {
                let file = files::replace(place)?;
                Some(BufWriter::with_capacity(64 * 1024, file))
            }
            // more than was asked for: it is counted, and so it is known that something is wrong
            None => None,
        };
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
        }
        self.sizes.push(self.written);
        Ok(())
    }
}
