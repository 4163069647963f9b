//! One mail: fetched, put into its envelope, delivered durably.

use std::path::PathBuf;
use std::time::Duration;

use grantd_engine::MailProgress;
use grantd_model::listener::{DeliverySettings, SpoolLayout};
use grantd_model::mail::{ActionAfter, SeenMark};
use grantd_model::{MailAction, MailDelivery, MailKey, MailLetter, Timestamp};

use super::key::{mark_of_item, mark_of_key, mark_of_lasting_id};
use super::pace::until_next_attempt;
use super::run::Runner;
use crate::delivery::ReadyMail;
use crate::envelope::{self, Origin};
use crate::fault::MailFault;
use crate::mailbox::Summary;
use crate::protocol::ews::cut;

/// The longest subject or sender that is remembered, in bytes.
const MOST_SHOWN: usize = 300;

/// The class of a letter that somebody wants delivered again.
const AGAIN: &str = "again";

/// A mail that is to be delivered.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) key: MailKey,
    pub(crate) mail: Summary,
    /// What is known of earlier attempts.
    pub(crate) letter: Option<MailLetter>,
}

impl Wanted {
    fn attempt(&self) -> u32 {
        let before = self.letter.as_ref().map_or(0, |letter| letter.attempts);
        before.saturating_add(1)
    }

    fn is_again(&self) -> bool {
        self.letter.as_ref().is_some_and(|it| it.class == AGAIN)
    }
}

impl Runner {
    /// Delivers a mail and writes into the progress what became of it. A fault that concerns others as
    /// well is returned, and nothing is written then.
    pub(crate) async fn deliver(
        &self,
        wanted: &Wanted,
        progress: &mut MailProgress,
    ) -> Result<(), MailFault> {
        let begun = self.works.since_boot();
        let done = self.try_to_deliver(wanted).await;
        let took = self.works.since_boot().saturating_sub(begun);
        match done {
            Ok(attachments) => self.delivered(wanted, attachments, took, progress),
            Err(MailFault::Gone) => self.gone(wanted, progress),
            Err(fault) if fault.is_of_the_mail() => self.failed(wanted, &fault, progress),
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    async fn try_to_deliver(&self, wanted: &Wanted) -> Result<u32, MailFault> {
        let work = self.delivery.begin().await?;
        let done = self.deliver_from(wanted, work.clone()).await;
        if done.is_err() {
            // what is left behind is thrown away at the next start at the latest
            let _ = self.delivery.clear(Some(work)).await;
        }
        done
    }

    async fn deliver_from(&self, wanted: &Wanted, work: PathBuf) -> Result<u32, MailFault> {
        let settings = &self.listener.settings;
        let mail = &wanted.mail;
        let fetched = self.mailbox.fetch(mail, &settings.content, &work).await?;
        let origin = Origin {
            key: wanted.key.to_string(),
            listener_id: self.listener.id.to_string(),
            listener_slug: self.listener.slug.to_string(),
            protocol: "ews",
            mailbox: settings.mailbox.to_string(),
            folder: settings.folder.to_string(),
            nonce: self.works.nonce(),
        };
        let mut content = settings.content;
        let DeliverySettings::Spool { layout, .. } = settings.delivery;
        if layout == SpoolLayout::Maildir {
            content.attachments = false;
        }
        let (folder, mail) = (work.clone(), mail.clone());
        // a parser that panics takes nothing but this one mail along
        let building = tokio::task::spawn_blocking(move || {
            envelope::build(&folder, &origin, &mail, &fetched, &content)
        });
        let envelope = building.await.map_err(|_| MailFault::Poison {
            class: "parser_failed",
            detail: "the mail could not be taken apart; this is a fault of grantd".to_owned(),
        })??;
        let attachments = u32::try_from(envelope.attachments.len()).unwrap_or(u32::MAX);
        let ready = ReadyMail {
            key: wanted.key.clone(),
            work,
            envelope,
            again: wanted.is_again(),
        };
        self.delivery.deliver(ready).await?;
        Ok(attachments)
    }

    fn delivered(
        &self,
        wanted: &Wanted,
        attachments: u32,
        took: Duration,
        progress: &mut MailProgress,
    ) {
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
            attachments,
            took,
            attempt: wanted.attempt(),
        });
        if wanted.letter.is_some() {
            progress.letters_done.push(wanted.key.clone());
        }
        if !self.listener.settings.afterwards.is_nothing() && !wanted.is_again() {
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
        progress.seen.extend(marks(&wanted.key, &wanted.mail));
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
    let mut marks = vec![mark_of_key(key), mark_of_item(&mail.item)];
    marks.extend(mail.lasting_id.as_deref().map(mark_of_lasting_id));
    marks
}

fn shown(text: &str) -> String {
    let mut text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    cut(&mut text, MOST_SHOWN);
    text
}
