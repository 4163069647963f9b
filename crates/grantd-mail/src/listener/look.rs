//! A look into the folder: what is new there, and what of it is wanted.
//!
//! Invariant: the cursor is remembered in the same transaction as the last of what it stands for, and
//! never before that is durably delivered, or written down as still to be delivered.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;

use grantd_engine::MailProgress;
use grantd_model::listener::{Filter, MailOrder};
use grantd_model::mail::SeenMark;
use grantd_model::{ListenerPhase, ListenerState, MailKey, MailLetter};

use super::deliver::{TOGETHER, Wanted};
use super::key::{self, mark_of_item, mark_of_key};
use super::run::{Runner, Stopped};
use super::since::is_from;
use crate::fault::MailFault;
use crate::mailbox::{Change, Look, Summary};

/// How many changes are read at once while the folder is followed.
const FEW: u32 = 100;

/// Marks that are asked for at once.
const MARKS_AT_ONCE: usize = 1000;

impl Runner {
    /// Reads what is new, page by page, and delivers it.
    pub(crate) async fn look(&self) -> Result<(), Stopped> {
        let mut state = self.state.lock().await;
        self.find_place(&mut state).await?;
        if state.phase != ListenerPhase::Following {
            self.read_through(&mut state).await?;
        }
        let held_up = self.deliver_pending(&mut state).await?;
        self.follow(&mut state).await?;
        match held_up {
            Some(fault) => Err(Stopped::HeldUp(fault)),
            None => Ok(()),
        }
    }

    /// So many, or less where the server ran out of time before.
    pub(crate) fn most(&self, most: u32) -> u32 {
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
            self.same_folder(state, &changes.folder)?;
            let goes_on = changes.more && state.cursor.as_ref() != Some(&changes.cursor);
            let (fresh, mut last) = self.unseen(changes.items).await?;
            // one that was there before, and that somebody changes, is no new mail
            let since = self.changed_since(state);
            let (wanted, passed_over): (Vec<_>, Vec<_>) = fresh
                .into_iter()
                .partition(|it| !it.updated || is_from(it.received_at, since));
            last.passed_over
                .extend(passed_over.iter().flat_map(|it| self.marks(it)));
            if wanted.is_empty() && last.is_empty() {
                // an older cursor is as good: it is written down when there is something to write
                state.cursor = Some(changes.cursor);
            } else {
                let last = self.deliver_all(wanted, state, last).await?;
                self.keep_all(state, last, (changes.cursor, goes_on))
                    .await?;
            }
            if !goes_on {
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
        (cursor, goes_on): (String, bool),
    ) -> Result<(), Stopped> {
        let mut kept = state.clone();
        self.note_lag(&mut kept, &last);
        kept.cursor = Some(cursor);
        if !goes_on {
            kept.looked_at = Some(self.works.now());
        }
        last.state = Some(kept.clone());
        self.keep(last).await?;
        *state = kept;
        Ok(())
    }

    /// What a changed mail is recognised by.
    pub(crate) fn marks(&self, change: &Change) -> Vec<SeenMark> {
        let mut marks = vec![mark_of_item(&change.item)];
        marks.extend(self.key_of(change).map(|key| mark_of_key(&key)));
        marks
    }

    /// The key of a changed mail, where it follows from what is told of it.
    fn key_of(&self, change: &Change) -> Option<MailKey> {
        let (id, message_id) = (change.lasting_id.as_deref()?, change.message_id.as_deref()?);
        let mailbox = &self.listener.settings.mailbox;
        key::of_lasting_id(self.listener.id, mailbox, id, Some(message_id)).ok()
    }

    /// Those that were neither dealt with nor passed over, nor are written down to be delivered; and what
    /// is to be written down of the others.
    pub(crate) async fn unseen(
        &self,
        changes: Vec<Change>,
    ) -> Result<(Vec<Change>, MailProgress), Stopped> {
        let marks: Vec<Vec<SeenMark>> = changes.iter().map(|it| self.marks(it)).collect();
        let all: Vec<SeenMark> = marks.concat();
        let mut seen = BTreeSet::new();
        for part in all.chunks(MARKS_AT_ONCE) {
            let known = self.memory.seen(self.listener.id, part).await;
            seen.extend(known.map_err(Stopped::Memory)?);
        }
        let items: Vec<String> = changes.iter().map(|it| it.item.clone()).collect();
        let pending = self.memory.pending_of(self.listener.id, &items).await;
        let pending = pending.map_err(Stopped::Memory)?;
        let (mut fresh, mut progress) = (Vec::new(), MailProgress::default());
        let mut ids = HashSet::new();
        for (change, marks) in changes.into_iter().zip(marks) {
            if pending.contains(&change.item) || !ids.insert(change.item.clone()) {
                continue;
            }
            let is_known = |mark: &SeenMark| seen.contains(mark);
            if !marks.iter().any(is_known) {
                fresh.push(change);
            } else if !marks.first().is_some_and(is_known) {
                // the same mail under another id: it was moved away and back, or copied
                let key = self.key_of(&change);
                self.follow_letter(key.as_ref(), &change.item, &mut progress)
                    .await?;
                progress.seen.push(mark_of_item(&change.item));
            }
        }
        Ok((fresh, progress))
    }

    /// A mail that could not be delivered is there under another id: it is tried at once.
    async fn follow_letter(
        &self,
        key: Option<&MailKey>,
        item: &str,
        progress: &mut MailProgress,
    ) -> Result<(), Stopped> {
        let Some(key) = key else { return Ok(()) };
        let letter = self.memory.letter(self.listener.id, key).await;
        if let Some(letter) = letter.map_err(Stopped::Memory)? {
            progress.letters.push(MailLetter {
                item: item.to_owned(),
                due_at: Some(self.works.now()),
                ..letter
            });
        }
        Ok(())
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
                progress.passed_over.append(&mut last.passed_over);
                progress.letters.append(&mut last.letters);
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
    pub(crate) fn note_lag(&self, state: &mut ListenerState, progress: &MailProgress) {
        if let Some(delivery) = progress.deliveries.last() {
            state.delivered_at = Some(delivery.at);
            state.lag = delivery.received_at.map(|it| delivery.at.since(it));
        }
    }

    /// Delivers some; tells why some of them are held up, while others may go on.
    pub(crate) async fn deliver_some(
        &self,
        part: &[Change],
        progress: &mut MailProgress,
    ) -> Result<Option<MailFault>, Stopped> {
        let items: Vec<String> = part.iter().map(|it| it.item.clone()).collect();
        let (mut mails, mut held_up) = (Vec::new(), None);
        for (change, summary) in part.iter().zip(self.summaries(&items).await?) {
            match summary {
                Ok(mail) => mails.push(mail),
                // under another id it may come back, and is to be delivered then
                Err(MailFault::Gone) => progress.seen.push(mark_of_item(&change.item)),
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
                progress.passed_over.extend(self.marks_of_mail(&mail));
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
                let item = &wanted.mail.item;
                self.follow_letter(Some(&wanted.key), item, progress)
                    .await?;
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

    /// What a mail is recognised by that is not wanted.
    fn marks_of_mail(&self, mail: &Summary) -> Vec<SeenMark> {
        let mut marks = vec![mark_of_item(&mail.item)];
        if mail.lasting_id.is_some() {
            let mailbox = &self.listener.settings.mailbox;
            let key = key::of(self.listener.id, mailbox, mail).ok();
            marks.extend(key.map(|key| mark_of_key(&key)));
        }
        marks
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

/// A mail of which the server says nothing but that it is there.
fn unknown(change: &Change) -> Summary {
    Summary {
        item: change.item.clone(),
        lasting_id: change.lasting_id.clone(),
        // where nothing else tells it from another one of the same second
        message_id: change
            .message_id
            .clone()
            .or_else(|| Some(change.item.clone())),
        received_at: change.received_at,
        ..Summary::default()
    }
}
