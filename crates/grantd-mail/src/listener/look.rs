//! A look into the folder: what is new there, and what of it is wanted.
//!
//! Invariant: the cursor is remembered in the same transaction as the last of what it stands for, and
//! never before that is durably delivered.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;

use grantd_engine::MailProgress;
use grantd_model::listener::{Filter, MailOrder, StartFrom};
use grantd_model::mail::SeenMark;
use grantd_model::{ListenerPhase, ListenerState, MailLetter, Timestamp};

use super::deliver::{TOGETHER, Wanted};
use super::key::{self, mark_of_item, mark_of_key};
use super::run::{Runner, Stopped};
use crate::fault::MailFault;
use crate::mailbox::{Change, Look, Summary};

/// How many changes are read at once while the folder is followed.
const FEW: u32 = 100;

/// How many are read at once while it is read through: as many as the server allows.
const MANY: u32 = 512;

/// Marks that are asked for, or written down, at once.
const MARKS_AT_ONCE: usize = 1000;

impl Runner {
    /// Reads what is new, page by page, and delivers it.
    pub(crate) async fn look(&self) -> Result<(), Stopped> {
        let mut state = self.state.lock().await;
        if state.phase == ListenerPhase::Following {
            self.follow(&mut state).await
        } else {
            self.read_through(&mut state).await
        }
    }

    fn most(&self, most: u32) -> u32 {
        let smaller = self.smaller.load(Ordering::Relaxed);
        most.checked_shr(smaller).unwrap_or(0).max(1)
    }

    /// What came since the cursor.
    async fn follow(&self, state: &mut ListenerState) -> Result<(), Stopped> {
        loop {
            self.still_wanted()?;
            let changes = self
                .mailbox
                .changes(state.cursor.as_deref(), self.most(FEW))
                .await?;
            let began = state.began_at;
            let fresh = self.unseen(changes.items).await?;
            let (wanted, passed_over): (Vec<_>, Vec<_>) = fresh
                .into_iter()
                // one that was there before, and that somebody changes, is no new mail
                .partition(|it| !it.updated || is_from(it.received_at, began));
            if wanted.is_empty() && passed_over.is_empty() {
                // an older cursor is as good: it is written down when there is something to write
                state.cursor = Some(changes.cursor);
            } else {
                let last = MailProgress {
                    seen: passed_over.iter().flat_map(|it| self.marks(it)).collect(),
                    ..MailProgress::default()
                };
                let last = self.deliver_all(wanted, state, last).await?;
                self.keep_all(state, last, changes.cursor).await?;
            }
            if !changes.more {
                return Ok(());
            }
        }
    }

    /// Remembers what the last of a look brought together with the cursor behind it. Only when that is
    /// done the look goes on from there.
    async fn keep_all(
        &self,
        state: &mut ListenerState,
        mut last: MailProgress,
        cursor: String,
    ) -> Result<(), Stopped> {
        let mut kept = state.clone();
        self.note_lag(&mut kept, &last);
        kept.cursor = Some(cursor);
        kept.phase = ListenerPhase::Following;
        kept.looked_at = Some(self.works.now());
        last.state = Some(kept.clone());
        self.keep(last).await?;
        *state = kept;
        Ok(())
    }

    /// Everything that is there: at the beginning, or because the server has forgotten the cursor.
    async fn read_through(&self, state: &mut ListenerState) -> Result<(), Stopped> {
        let mut cursor: Option<String> = None;
        let mut wanted = Vec::new();
        loop {
            self.still_wanted()?;
            let changes = self
                .mailbox
                .changes(cursor.as_deref(), self.most(MANY))
                .await?;
            if state.began_at.is_none() {
                state.began_at = Some(changes.server_now.unwrap_or_else(|| self.works.now()));
                let begun = MailProgress {
                    state: Some(state.clone()),
                    ..MailProgress::default()
                };
                self.keep(begun).await?;
            }
            let fresh = self.unseen(changes.items).await?;
            let (yes, no): (Vec<_>, Vec<_>) = fresh
                .into_iter()
                .partition(|it| self.is_wanted_of_old(it, state));
            wanted.extend(yes);
            let marks: Vec<SeenMark> = no.iter().flat_map(|it| self.marks(it)).collect();
            for part in marks.chunks(MARKS_AT_ONCE) {
                let passed_over = MailProgress {
                    seen: part.to_vec(),
                    ..MailProgress::default()
                };
                self.keep(passed_over).await?;
            }
            let goes_on = changes.more && cursor.as_ref() != Some(&changes.cursor);
            cursor = Some(changes.cursor.clone());
            if !goes_on {
                let last = MailProgress::default();
                let last = self.deliver_all(wanted, state, last).await?;
                return self.keep_all(state, last, changes.cursor).await;
            }
        }
    }

    /// Whether a mail that is in the folder when it is read through is to be delivered.
    fn is_wanted_of_old(&self, change: &Change, state: &ListenerState) -> bool {
        if state.phase == ListenerPhase::Resyncing {
            // everything that was there at the beginning was marked; marks are forgotten after a while,
            // and what is older than that was delivered or passed over
            let now = self.works.now();
            let horizon = now
                .since(Timestamp::from_micros(0))
                .saturating_sub(self.memory.keeps());
            let horizon = Timestamp::from_micros(0).plus(horizon);
            return state.began_at.is_some_and(|began| began >= horizon)
                || is_from(change.received_at, Some(horizon));
        }
        let came_meanwhile = is_from(change.received_at, state.began_at);
        match self.listener.settings.start {
            StartFrom::Now => came_meanwhile,
            StartFrom::Unread => came_meanwhile || !change.is_read,
            StartFrom::Since(at) => came_meanwhile || is_from(change.received_at, Some(at)),
        }
    }

    /// What a changed mail is recognised by.
    fn marks(&self, change: &Change) -> Vec<SeenMark> {
        self.marks_of(&change.item, change.lasting_id.as_deref())
    }

    /// What a mail is recognised by without a look at it: what the server knows it by, and its key where
    /// that follows from what the server knows it by for ever.
    fn marks_of(&self, item: &str, lasting_id: Option<&[u8]>) -> Vec<SeenMark> {
        let mailbox = &self.listener.settings.mailbox;
        let key = lasting_id.map(|id| key::of_lasting_id(self.listener.id, mailbox, id));
        let mut marks = vec![mark_of_item(item)];
        marks.extend(key.and_then(Result::ok).map(|key| mark_of_key(&key)));
        marks
    }

    /// Those that were neither delivered nor passed over.
    async fn unseen(&self, changes: Vec<Change>) -> Result<Vec<Change>, Stopped> {
        let marks: Vec<Vec<SeenMark>> = changes.iter().map(|it| self.marks(it)).collect();
        let all: Vec<SeenMark> = marks.concat();
        let mut seen = BTreeSet::new();
        for part in all.chunks(MARKS_AT_ONCE) {
            let known = self.memory.seen(self.listener.id, part).await;
            seen.extend(known.map_err(Stopped::Memory)?);
        }
        let mut ids = HashSet::new();
        Ok(changes
            .into_iter()
            .zip(marks)
            .filter(|(_, marks)| !marks.iter().any(|mark| seen.contains(mark)))
            .map(|(change, _)| change)
            .filter(|it| ids.insert(it.item.clone()))
            .collect())
    }

    /// Delivers what is wanted, some at a time. What the last ones brought is not written down yet: it
    /// goes together with the cursor.
    async fn deliver_all(
        &self,
        mut wanted: Vec<Change>,
        state: &mut ListenerState,
        mut last: MailProgress,
    ) -> Result<MailProgress, Stopped> {
        // those of one second in the order in which they came: the server tells the newest first
        wanted.reverse();
        wanted.sort_by_key(|it| it.received_at);
        if self.listener.settings.order == MailOrder::NewestFirst {
            wanted.reverse();
        }
        let at_once = self.most(self.listener.settings.batch);
        let at_once = usize::try_from(at_once).unwrap_or(1);
        let mut parts = wanted.chunks(at_once).peekable();
        let mut held_up = None;
        while let Some(part) = parts.next() {
            self.still_wanted()?;
            let mut progress = MailProgress::default();
            let delivered = self.deliver_some(part, &mut progress).await;
            if let Ok(fault @ Some(_)) = &delivered {
                held_up = held_up.or_else(|| fault.clone());
            }
            if parts.peek().is_none() && delivered.is_ok() && held_up.is_none() {
                progress.seen.append(&mut last.seen);
                last = progress;
                break;
            }
            self.note_lag(state, &progress);
            progress.state = Some(state.clone());
            self.keep(progress).await?;
            delivered?;
            self.do_due_actions().await?;
        }
        match held_up {
            Some(fault) => Err(Stopped::HeldUp(fault)),
            None => Ok(last),
        }
    }

    #[expect(clippy::unused_self, reason = "it stands beside what it is used by")]
    fn note_lag(&self, state: &mut ListenerState, progress: &MailProgress) {
        if let Some(delivery) = progress.deliveries.last() {
            state.delivered_at = Some(delivery.at);
            state.lag = delivery.received_at.map(|it| delivery.at.since(it));
            state.looked_at = Some(delivery.at);
        }
    }

    /// Delivers some; tells why some of them are held up, while others may go on.
    async fn deliver_some(
        &self,
        part: &[Change],
        progress: &mut MailProgress,
    ) -> Result<Option<MailFault>, Stopped> {
        let items: Vec<String> = part.iter().map(|it| it.item.clone()).collect();
        let (mut mails, mut held_up) = (Vec::new(), None);
        for (change, summary) in part.iter().zip(self.summaries(&items).await?) {
            match summary {
                Ok(mail) => mails.push(mail),
                Err(MailFault::Gone) => progress.seen.extend(self.marks(change)),
                Err(fault) => {
                    let wanted = self.wanted(unknown(change))?;
                    if self.sets_aside(&wanted, &fault) {
                        self.failed(&wanted, &fault, progress);
                    } else {
                        held_up.get_or_insert(fault);
                    }
                }
            }
        }
        let settings = &self.listener.settings;
        let mut all = Vec::new();
        for mail in mails {
            let lets_through = |it: &Filter| it.lets_through(&mail.facts);
            if settings.filters.iter().all(lets_through) {
                all.push(self.wanted(mail)?);
            } else {
                progress
                    .seen
                    .extend(self.marks_of(&mail.item, mail.lasting_id.as_deref()));
            }
        }
        let keys: Vec<SeenMark> = all.iter().map(|it| mark_of_key(&it.key)).collect();
        let known = self.memory.seen(self.listener.id, &keys).await;
        let mut known: HashSet<SeenMark> = known.map_err(Stopped::Memory)?.into_iter().collect();
        let mut new = Vec::with_capacity(all.len());
        for (wanted, mark) in all.into_iter().zip(keys) {
            if known.insert(mark) {
                new.push(wanted);
            } else {
                // the same mail under another id: it was moved away and back, or copied
                let marks = super::deliver::marks(&wanted.key, &wanted.mail);
                progress.seen.extend(marks);
            }
        }
        for some in new.chunks(TOGETHER) {
            self.still_wanted()?;
            let fault = self.deliver(some, progress).await?;
            held_up = held_up.or(fault);
        }
        Ok(held_up)
    }

    /// Describes mails. Where that fails for all together, it is asked for each by itself, as one of them
    /// may be what the server, or a reader of its answer, stumbles over.
    async fn summaries(
        &self,
        items: &[String],
    ) -> Result<Vec<Result<Summary, MailFault>>, MailFault> {
        let mut all = match self.mailbox.look(Look::Items(items)).await {
            Ok(answers) => answers,
            Err(fault) if fault.may_be_of_the_mail() => match items {
                [_] => return Ok(vec![Err(fault)]),
                _ => vec![Err(MailFault::NotReached); items.len()],
            },
            Err(fault) => return Err(fault),
        };
        for (item, answer) in items.iter().zip(&mut all) {
            if !matches!(answer, Err(MailFault::NotReached)) {
                continue;
            }
            match self
                .mailbox
                .look(Look::Items(std::slice::from_ref(item)))
                .await
            {
                Ok(answers) => *answer = answered(answers),
                Err(fault) if fault.may_be_of_the_mail() => {
                    // the others have their turn when this one is out of the way
                    *answer = Err(fault);
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(all)
    }

    fn wanted(&self, mail: Summary) -> Result<Wanted, MailFault> {
        let key = key::of(self.listener.id, &self.listener.settings.mailbox, &mail);
        let key = key.map_err(|fault| MailFault::Protocol {
            class: "no_key",
            detail: fault.to_string(),
        })?;
        Ok(Wanted {
            key,
            mail,
            letter: None,
        })
    }

    /// Tries mails again that could not be delivered, or that somebody wants again.
    pub(crate) async fn deliver_letters(&self, letters: Vec<MailLetter>) -> Result<(), Stopped> {
        for letter in letters {
            self.still_wanted()?;
            let items = [letter.item.clone()];
            let answer = self.summaries(&items).await?.pop();
            let mut wanted = Wanted {
                key: letter.key.clone(),
                mail: Summary {
                    item: letter.item.clone(),
                    received_at: letter.received_at,
                    ..Summary::default()
                },
                letter: Some(letter.clone()),
            };
            wanted.mail.facts.subject.clone_from(&letter.subject);
            wanted.mail.facts.sender.clone_from(&letter.sender);
            let mut progress = MailProgress::default();
            match answer.unwrap_or(Err(MailFault::NotReached)) {
                Ok(mail) => {
                    wanted.mail = mail;
                    let one = std::slice::from_ref(&wanted);
                    self.deliver(one, &mut progress).await?;
                }
                Err(MailFault::Gone) => self.gone(&wanted, &mut progress),
                Err(fault) if self.sets_aside(&wanted, &fault) => {
                    self.failed(&wanted, &fault, &mut progress);
                }
                Err(fault) => return Err(fault.into()),
            }
            if let Some(delivery) = progress.deliveries.last() {
                let mut state = self.state.lock().await;
                state.delivered_at = Some(delivery.at);
                progress.state = Some(state.clone());
            }
            self.keep(progress).await?;
        }
        Ok(())
    }
}

/// What was answered to a question about one mail.
fn answered(mut answers: Vec<Result<Summary, MailFault>>) -> Result<Summary, MailFault> {
    match answers.pop() {
        Some(Err(MailFault::NotReached)) | None => Err(MailFault::Transient {
            class: "no_answer",
            detail: "the mailbox server does not answer what it is asked about this mail"
                .to_owned(),
        }),
        Some(answer) => answer,
    }
}

/// Whether a mail is from a time on; one of which that is not known is.
fn is_from(received: Option<Timestamp>, from: Option<Timestamp>) -> bool {
    match (received, from) {
        (Some(received), Some(from)) => received >= from,
        _ => true,
    }
}

/// A mail of which the server says nothing but that it is there.
fn unknown(change: &Change) -> Summary {
    Summary {
        item: change.item.clone(),
        lasting_id: change.lasting_id.clone(),
        received_at: change.received_at,
        ..Summary::default()
    }
}
