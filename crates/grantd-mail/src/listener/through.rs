//! A folder is read through: at the beginning, or because the server has forgotten where the listener was.
//!
//! What of it is wanted is decided once, page by page, and written down with the cursor behind the page:
//! so a fault in the middle begins nothing again, and nobody who reads a mail meanwhile takes it away.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use grantd_engine::MailProgress;
use grantd_model::listener::MailOrder;
use grantd_model::{ListenerPhase, ListenerState, PendingMail, Timestamp};

use super::run::{Runner, Stopped};
use crate::fault::MailFault;
use crate::mailbox::Change;

/// How many are read at once: as many as the server allows.
const MANY: u32 = 512;

impl Runner {
    /// Which mailbox and folder are meant, as it is set.
    fn place(&self) -> String {
        let settings = &self.listener.settings;
        let place = format!("{} {}", settings.mailbox, settings.folder);
        place.to_lowercase()
    }

    /// Which mail is the first, as it is set.
    fn start(&self) -> String {
        match self.listener.settings.start {
            grantd_model::listener::StartFrom::Since(at) => Timestamp::to_string(&at),
            start => format!("{start:?}"),
        }
    }

    /// Begins anew where another folder is meant, or another first mail; the same folder by another name is
    /// the same folder.
    pub(crate) async fn find_place(&self, state: &mut ListenerState) -> Result<(), Stopped> {
        let (place, start) = (self.place(), self.start());
        if state.place == place && state.start == start {
            return Ok(());
        }
        let mut kept = state.clone();
        let mut begins_anew = state.start != start;
        if state.place != place {
            let there = self.mailbox.changes(None, 1).await?;
            begins_anew |= state.folder.as_ref() != Some(&there.folder);
            if begins_anew {
                kept.began_at = Some(self.begins_at(state, &there));
                kept.folder = Some(there.folder);
            }
        }
        (kept.place, kept.start) = (place, start);
        if begins_anew {
            kept.cursor = None;
            kept.phase = ListenerPhase::Beginning;
        }
        let progress = MailProgress {
            state: Some(kept.clone()),
            begins_anew,
            ..MailProgress::default()
        };
        self.keep(progress).await?;
        *state = kept;
        Ok(())
    }

    /// A folder that was deleted and made again has the same path, and is another one.
    pub(crate) fn same_folder(
        &self,
        state: &mut ListenerState,
        folder: &str,
    ) -> Result<(), MailFault> {
        match &state.folder {
            Some(known) if known == folder => Ok(()),
            None => {
                state.folder = Some(folder.to_owned());
                Ok(())
            }
            Some(_) => {
                state.folder = Some(folder.to_owned());
                let path = &self.listener.settings.folder;
                Err(MailFault::Cursor {
                    detail: format!("the folder `{path}` is another one now"),
                })
            }
        }
    }

    /// Reads everything that is there, from where it was, and writes down what of it is wanted.
    pub(crate) async fn read_through(&self, state: &mut ListenerState) -> Result<(), Stopped> {
        loop {
            self.still_wanted()?;
            let changes = self
                .mailbox
                .changes(state.cursor.as_deref(), self.most(MANY))
                .await?;
            self.same_folder(state, &changes.folder)?;
            let mut kept = state.clone();
            if kept.began_at.is_none() {
                kept.began_at = Some(self.begins_at(state, &changes));
            }
            let goes_on = changes.more && state.cursor.as_ref() != Some(&changes.cursor);
            kept.cursor = Some(changes.cursor);
            let (fresh, mut progress) = self.unseen(changes.items).await?;
            let (wanted, others): (Vec<_>, Vec<_>) = fresh
                .into_iter()
                .partition(|it| self.is_wanted_of_old(it, &kept));
            progress
                .passed_over
                .extend(others.iter().flat_map(|it| self.marks(it)));
            progress.pending = wanted.into_iter().map(pending).collect();
            self.may_pend.store(true, Ordering::Relaxed);
            if !goes_on {
                kept.phase = ListenerPhase::Following;
            }
            progress.state = Some(kept.clone());
            self.keep(progress).await?;
            *state = kept;
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Delivers what is written down; tells why some are held up, while others may go on.
    pub(crate) async fn deliver_pending(
        &self,
        state: &mut ListenerState,
    ) -> Result<Option<MailFault>, Stopped> {
        if !self.may_pend.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let newest_first = self.listener.settings.order == MailOrder::NewestFirst;
        let mut held: HashSet<String> = HashSet::new();
        let mut held_up = None;
        loop {
            self.still_wanted()?;
            let at_once = self.most(self.listener.settings.batch);
            let most = at_once.saturating_add(u32::try_from(held.len()).unwrap_or(u32::MAX));
            let pending = self.memory.pending(self.listener.id, newest_first, most);
            let pending = pending.await.map_err(Stopped::Memory)?;
            let part: Vec<Change> = pending
                .into_iter()
                .filter(|it| !held.contains(&it.item))
                .map(change)
                .collect();
            if part.is_empty() {
                self.may_pend.store(!held.is_empty(), Ordering::Relaxed);
                return Ok(held_up);
            }
            let mut progress = MailProgress::default();
            let delivered = self.deliver_some(&part, &mut progress).await;
            let done: HashSet<_> = progress
                .seen
                .iter()
                .chain(&progress.passed_over)
                .copied()
                .collect();
            for change in part {
                if done.contains(&super::key::mark_of_item(&change.item)) {
                    progress.pending_done.push(change.item);
                } else {
                    held.insert(change.item);
                }
            }
            self.note_lag(state, &progress);
            progress.state = Some(state.clone());
            self.keep(progress).await?;
            held_up = held_up.or(delivered?);
            self.do_due_actions().await?;
        }
    }
}

fn pending(change: Change) -> PendingMail {
    PendingMail {
        item: change.item,
        lasting_id: change.lasting_id,
        message_id: change.message_id,
        received_at: change.received_at,
    }
}

fn change(mail: PendingMail) -> Change {
    Change {
        item: mail.item,
        updated: false,
        received_at: mail.received_at,
        is_read: false,
        lasting_id: mail.lasting_id,
        message_id: mail.message_id,
    }
}
