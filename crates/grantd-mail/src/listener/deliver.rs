//! Mails: fetched, put into their envelopes, delivered durably, some at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use grantd_engine::MailProgress;
use grantd_model::listener::{Content, DeliverySettings, SpoolLayout, Then};
use grantd_model::mail::{ActionAfter, SeenMark};
use grantd_model::{MailAction, MailDelivery, MailKey, MailLetter, Timestamp};

use super::key::{mark_of_item, mark_of_key};
use super::pace::until_next_attempt;
use super::run::Runner;
use crate::delivery::ReadyMail;
use crate::envelope::{self, Envelope, Origin};
use crate::fault::MailFault;
use crate::mailbox::{Fetched, Summary, Wish};
use crate::protocol::ews::cut;

/// The longest subject or sender that is remembered, in bytes.
const MOST_SHOWN: usize = 300;

/// How many mails are fetched and delivered at once.
pub(crate) const TOGETHER: usize = 10;

/// A mail that is to be delivered.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) key: MailKey,
    pub(crate) mail: Summary,
    /// What is known of earlier attempts.
    pub(crate) letter: Option<MailLetter>,
}

/// What was delivered of a mail.
#[derive(Debug, Clone, Copy)]
struct Put {
    attachments: u32,
    /// Whether all of it is there that was wanted.
    is_complete: bool,
}

impl Wanted {
    fn attempt(&self) -> u32 {
        let before = self.letter.as_ref().map_or(0, |letter| letter.attempts);
        before.saturating_add(1)
    }

    fn is_again(&self) -> bool {
        self.letter.as_ref().is_some_and(|it| it.again)
    }
}

impl Runner {
    /// Delivers mails and writes into the progress what became of each; tells why some are held up,
    /// while others may go on. A fault that stops all is an error; everything that went well is in the
    /// progress then.
    pub(crate) async fn deliver(
        &self,
        wanted: &[Wanted],
        progress: &mut MailProgress,
    ) -> Result<Option<MailFault>, MailFault> {
        let begun = self.works.since_boot();
        let done = self.try_to_deliver(wanted).await?;
        let took = self.works.since_boot().saturating_sub(begun);
        let took = took / u32::try_from(wanted.len()).unwrap_or(1).max(1);
        let (mut held_up, mut stops) = (None, false);
        for (wanted, done) in wanted.iter().zip(done) {
            match done {
                Ok(put) => self.delivered(wanted, put, took, progress),
                Err(MailFault::Gone) => self.gone(wanted, progress),
                Err(fault) if self.sets_aside(wanted, &fault) => {
                    self.failed(wanted, &fault, progress);
                }
                // it may be larger than what is left of the disk, which others are not
                Err(fault @ MailFault::Disk { .. }) if self.delivery.check().await.is_ok() => {
                    if wanted.letter.is_some() || self.strikes.add(&wanted.mail.item) {
                        self.failed(wanted, &fault, progress);
                    } else {
                        held_up.get_or_insert(fault);
                    }
                }
                Err(fault) => {
                    stops |= !fault.may_be_of_the_mail();
                    held_up.get_or_insert(fault);
                }
            }
        }
        match held_up {
            Some(fault) if stops => Err(fault),
            held_up => Ok(held_up),
        }
    }

    /// Whether a mail with this fault is tried again by itself, so that others may go on: because it is
    /// at fault, or because it held them up often enough. One that was set aside before holds up none.
    pub(crate) fn sets_aside(&self, wanted: &Wanted, fault: &MailFault) -> bool {
        fault.is_of_the_mail()
            || (fault.may_be_of_the_mail()
                && (wanted.letter.is_some() || self.strikes.add(&wanted.mail.item)))
    }

    /// What was put there of each mail.
    async fn try_to_deliver(
        &self,
        wanted: &[Wanted],
    ) -> Result<Vec<Result<Put, MailFault>>, MailFault> {
        let mut desks = Vec::with_capacity(wanted.len());
        for _ in wanted {
            match self.delivery.begin().await {
                Ok(desk) => desks.push(desk),
                Err(fault) => {
                    self.clear(desks).await;
                    return Err(fault);
                }
            }
        }
        let wishes = wanted.iter().zip(&desks);
        let wishes: Vec<Wish<'_>> = wishes
            .map(|(wanted, desk)| Wish {
                mail: &wanted.mail,
                into: desk,
            })
            .collect();
        let content = &self.listener.settings.content;
        let fetched = match self.mailbox.fetch(&wishes, content).await {
            Ok(fetched) => fetched,
            Err(fault) => {
                self.clear(desks).await;
                return Err(fault);
            }
        };
        let mut done: Vec<Result<Put, MailFault>> = Vec::with_capacity(wanted.len());
        let (mut ready, mut unused) = (Vec::new(), Vec::new());
        let built = self.build(wanted, fetched, &desks).await?;
        for ((wanted, built), desk) in wanted.iter().zip(built).zip(desks) {
            match built {
                Ok(envelope) => {
                    let count = envelope.attachments.len();
                    done.push(Ok(Put {
                        attachments: u32::try_from(count).unwrap_or(u32::MAX),
                        is_complete: envelope.is_complete(),
                    }));
                    ready.push(ReadyMail {
                        key: wanted.key.clone(),
                        work: desk,
                        envelope,
                        again: wanted.is_again(),
                    });
                }
                Err(fault) => {
                    done.push(Err(fault));
                    unused.push(desk);
                }
            }
        }
        let works: Vec<PathBuf> = ready.iter().map(|mail| mail.work.clone()).collect();
        let put = self.delivery.deliver(ready).await;
        let well = done.iter_mut().filter(|done| done.is_ok());
        for ((done, put), work) in well.zip(put).zip(works) {
            if let Err(fault) = put {
                *done = Err(fault);
                unused.push(work);
            }
        }
        self.clear(unused).await;
        Ok(done)
    }

    /// What is left behind is thrown away at the next start at the latest.
    async fn clear(&self, desks: Vec<PathBuf>) {
        for desk in desks {
            let _ = self.delivery.clear(Some(desk)).await;
        }
    }

    /// Puts mails into their envelopes, where waiting for the disk is allowed.
    async fn build(
        &self,
        wanted: &[Wanted],
        fetched: Vec<Result<Fetched, MailFault>>,
        desks: &[PathBuf],
    ) -> Result<Vec<Result<Envelope, MailFault>>, MailFault> {
        let settings = &self.listener.settings;
        let mut content = settings.content;
        let DeliverySettings::Spool { layout, .. } = settings.delivery;
        if layout == SpoolLayout::Maildir {
            content.attachments = false;
        }
        let all = wanted.iter().zip(fetched).zip(desks);
        let all: Vec<_> = all
            .map(|((wanted, fetched), desk)| {
                let origin = Origin {
                    key: wanted.key.to_string(),
                    listener_id: self.listener.id.to_string(),
                    listener_slug: self.listener.slug.to_string(),
                    protocol: "ews",
                    mailbox: settings.mailbox.to_string(),
                    folder: settings.folder.to_string(),
                    nonce: self.works.nonce(),
                };
                (origin, wanted.mail.clone(), fetched, desk.clone())
            })
            .collect();
        let turns = self.works.turns();
        turns
            .run(move || {
                all.into_iter()
                    .map(|(origin, mail, fetched, desk)| {
                        one(&desk, &origin, &mail, &fetched?, &content)
                    })
                    .collect()
            })
            .await
    }

    fn delivered(&self, wanted: &Wanted, put: Put, took: Duration, progress: &mut MailProgress) {
        let (now, mail) = (self.works.now(), &wanted.mail);
        progress.seen.extend(marks(&wanted.key, mail));
        progress.deliveries.push(MailDelivery {
            listener: self.listener.id,
            key: wanted.key.clone(),
            item: mail.item.clone(),
            at: now,
            received_at: mail.received_at,
            subject: shown(&mail.facts.subject),
            sender: shown(&mail.facts.sender),
            size: mail.facts.size,
            attachments: put.attachments,
            took,
            attempt: wanted.attempt(),
        });
        if wanted.letter.is_some() {
            progress.letters_done.push(wanted.key.clone());
        }
        let afterwards = &self.listener.settings.afterwards;
        if !put.is_complete && matches!(afterwards.then, Then::Delete(_)) {
            // the mail is the only place where the rest of it is
            tracing::warn!(
                listener = %self.listener.slug,
                key = %wanted.key,
                "a mail could not be read whole, so that it is not deleted"
            );
        } else if !afterwards.is_nothing() && !wanted.is_again() {
            let action = self.action(wanted, ActionAfter::Delivered, now);
            progress.actions.push(action);
        }
    }

    fn action(&self, wanted: &Wanted, what: ActionAfter, now: Timestamp) -> MailAction {
        MailAction {
            listener: self.listener.id,
            key: wanted.key.clone(),
            item: wanted.mail.item.clone(),
            what,
            attempts: 0,
            due_at: now,
            fault: None,
        }
    }

    /// The mail is not there any more: there is nothing to deliver. One that failed before stays on the
    /// list, so that somebody knows.
    pub(crate) fn gone(&self, wanted: &Wanted, progress: &mut MailProgress) {
        // under another id it may come back, and is to be delivered then
        progress.seen.push(mark_of_item(&wanted.mail.item));
        if let Some(letter) = &wanted.letter {
            progress.letters.push(MailLetter {
                due_at: None,
                last_at: self.works.now(),
                class: MailFault::Gone.class().to_owned(),
                detail: "the mail is not in its folder any more".to_owned(),
                ..letter.clone()
            });
        }
    }

    /// The mail itself can not be delivered: it is tried again by itself, and does not hold up others.
    pub(crate) fn failed(&self, wanted: &Wanted, fault: &MailFault, progress: &mut MailProgress) {
        let (now, mail) = (self.works.now(), &wanted.mail);
        let attempts = wanted.attempt();
        let retries = &self.listener.settings.retries;
        let gives_up = attempts >= retries.attempts;
        let first_at = wanted.letter.as_ref().map_or(now, |letter| letter.first_at);
        progress.seen.extend(marks(&wanted.key, mail));
        progress.failed += 1;
        progress.letters.push(MailLetter {
            listener: self.listener.id,
            key: wanted.key.clone(),
            item: mail.item.clone(),
            subject: shown(&mail.facts.subject),
            sender: shown(&mail.facts.sender),
            received_at: mail.received_at,
            first_at,
            last_at: now,
            attempts,
            due_at: (!gives_up).then(|| now.plus(until_next_attempt(attempts))),
            class: fault.class().to_owned(),
            detail: shown(&fault.to_string()),
            again: wanted.is_again(),
        });
        if gives_up && retries.folder.is_some() {
            let action = self.action(wanted, ActionAfter::GivenUp, now);
            progress.actions.push(action);
        }
        tracing::warn!(
            listener = %self.listener.slug,
            key = %wanted.key,
            class = fault.class(),
            attempts,
            gives_up,
            "a mail could not be delivered"
        );
    }
}

/// Everything that a mail is recognised by.
pub(crate) fn marks(key: &MailKey, mail: &Summary) -> Vec<SeenMark> {
    vec![mark_of_key(key), mark_of_item(&mail.item)]
}

/// The envelope of one mail. A parser that panics takes nothing but this mail along.
fn one(
    desk: &Path,
    origin: &Origin,
    mail: &Summary,
    fetched: &Fetched,
    content: &Content,
) -> Result<Envelope, MailFault> {
    let build = || envelope::build(desk, origin, mail, fetched, content);
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(build));
    made.unwrap_or_else(|_| {
        Err(MailFault::Poison {
            class: "parser_failed",
            detail: "the mail could not be taken apart; this is a fault of grantd".to_owned(),
        })
    })
}

fn shown(text: &str) -> String {
    let mut text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    cut(&mut text, MOST_SHOWN);
    text
}
