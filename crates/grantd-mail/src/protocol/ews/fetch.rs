//! The content of mails: as MIME, small ones together in one request, or in parts where MIME can not be
//! had.

use std::path::{Path, PathBuf};

use grantd_model::listener::Content;

use super::file_sink::FileSink;
use super::mailbox::{AT_ONCE, EwsMailbox, cut, element};
use super::operation::{get_attachment, get_item};
use super::soap::{CodeFault, ResponseMessage};
use super::xml::Element;
use crate::fault::MailFault;
use crate::mailbox::{Fetched, FetchedContent, PartAttachment, Summary, Wish};

/// The name of the file that holds a mail as MIME.
const MIME_FILE: &str = "mail.eml";

/// Up to which size mails are fetched together, in bytes.
const SMALL: u64 = 256 * 1024;

impl EwsMailbox {
    /// Fetches mails. Once the server can not be asked, the rest is not asked for any more.
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
                    match self.alone(wish, content).await {
                        Ok(fetched) => all.push(Ok(fetched)),
                        Err(Failed::Mail(fault)) => all.push(Err(fault)),
                        Err(Failed::Call(fault)) => {
                            all.push(Err(fault));
                            all.resize_with(mails.len(), || Err(MailFault::NotReached));
                            return Ok(without_entry_ids(all));
                        }
                    }
                }
            }
            rest = behind;
        }
        if !content.entry_id {
            return Ok(without_entry_ids(all));
        }
        let items: Vec<String> = mails.iter().map(|it| it.mail.item.clone()).collect();
        let ids = match self.entry_ids(&items).await {
            Err(fault @ MailFault::Busy { .. }) => return Err(fault),
            // a mail without it is better than none
            Err(_) => Vec::new(),
            Ok(ids) => ids,
        };
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
        let mut sink = self.sink(places, u64::MAX);
        let items: Vec<String> = mails.iter().map(|it| it.mail.item.clone()).collect();
        let called = self
            .session
            .call_into(|_| get_item::mime(&items), get_item::MIME, &mut sink)
            .await;
        let messages = match called {
            Ok(messages) => messages,
            // it may be one of them
            Err(fault) if fault.may_be_of_the_mail() => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let written = sink.finish().await?;
        // contents stand in the order of the question, and each has to be of the mail that was asked for
        let is_of = |(message, wish): (&ResponseMessage, &Wish<'_>)| {
            let element = message.result.as_ref().ok();
            element.and_then(get_item::id) == Some(wish.mail.item.clone())
        };
        let is_whole = messages.len() == mails.len()
            && written.sizes.len() == mails.len()
            && written.sizes.iter().all(|size| *size > 0)
            && messages.iter().zip(mails).all(is_of);
        Ok(is_whole.then(|| {
            let sizes = written.sizes.into_iter();
            sizes.map(in_file).collect()
        }))
    }

    async fn alone(&self, wish: &Wish<'_>, content: &Content) -> Result<FetchedContent, Failed> {
        let (mail, into) = (wish.mail, wish.into);
        if mail.facts.size > content.most_mime_bytes {
            return self.parts(mail, content, into, "too_large").await;
        }
        match self.mime(mail, into).await {
            Err(Failed::Mail(MailFault::Poison { class, .. })) => {
                self.parts(mail, content, into, class).await
            }
            fetched => fetched,
        }
    }

    fn sink(&self, places: Vec<PathBuf>, most: u64) -> FileSink {
        FileSink::new(places, most, self.session.turns().clone())
    }

    async fn mime(&self, mail: &Summary, into: &Path) -> Result<FetchedContent, Failed> {
        let mut sink = self.sink(vec![into.join(MIME_FILE)], u64::MAX);
        let items = [mail.item.clone()];
        let messages = self
            .session
            .call_into(|_| get_item::mime(&items), get_item::MIME, &mut sink)
            .await?;
        let written = sink.finish().await?;
        of_the_mail(messages)?;
        match written.sizes.first() {
            // nothing at all is no mail, unless the server says that it has nothing
            Some(size) if *size > 0 || mail.facts.size == 0 => Ok(in_file(*size)),
            _ => Err(Failed::Mail(MailFault::Poison {
                class: "no_mime",
                detail: "the answer of the mailbox server holds no MIME".to_owned(),
            })),
        }
    }

    async fn parts(
        &self,
        mail: &Summary,
        content: &Content,
        into: &Path,
        reason: &'static str,
    ) -> Result<FetchedContent, Failed> {
        let with_bodies = |bodies| get_item::parts(&mail.item, bodies);
        let messages = self.session.call(|_| with_bodies(true)).await?;
        let (answer, body_missing) = match of_the_mail(messages) {
            Err(Failed::Mail(MailFault::Poison { .. })) => {
                let messages = self.session.call(|_| with_bodies(false)).await?;
                (of_the_mail(messages)?, true)
            }
            answer => (answer?, false),
        };
        let read = get_item::read_parts(&answer).map_err(CodeFault::into_fault);
        let (mut parts, ids) = read.map_err(Failed::Mail)?;
        parts.reason = reason;
        parts.body_missing = body_missing;
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
    ) -> Result<(), Failed> {
        let file = place
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let mut sink = self.sink(vec![place], most);
        let messages = self
            .session
            .call_into(
                |_| get_attachment::request(id),
                get_attachment::CONTENT,
                &mut sink,
            )
            .await?;
        let written = sink.finish().await?;
        match of_the_mail(messages) {
            Ok(_) if written.overflown => attachment.omitted = Some("too_large"),
            Ok(_) => match written.sizes.first() {
                Some(size) => {
                    attachment.size = *size;
                    attachment.file = file;
                }
                None => attachment.omitted = Some("unreadable"),
            },
            Err(Failed::Mail(MailFault::Poison { .. } | MailFault::Gone)) => {
                attachment.omitted = Some("unreadable");
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }
}

/// Why a mail is not there.
enum Failed {
    /// This is answered for the mail.
    Mail(MailFault),
    /// The server could not be asked.
    Call(MailFault),
}

impl From<MailFault> for Failed {
    fn from(fault: MailFault) -> Self {
        Self::Call(fault)
    }
}

/// What is answered to a question about one mail.
fn of_the_mail(messages: Vec<ResponseMessage>) -> Result<Element, Failed> {
    match element(messages.into_iter().next()) {
        Err(MailFault::NotReached) => Err(Failed::Mail(MailFault::Transient {
            class: "no_answer",
            detail: "the mailbox server does not answer what it is asked about this mail"
                .to_owned(),
        })),
        answer => answer.map_err(Failed::Mail),
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
