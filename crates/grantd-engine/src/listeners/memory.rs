//! What a running listener reads and writes: its memory.
//!
//! Invariant: what one step of a listener changes is one transaction, and nothing is kept of a
//! listener that was deleted meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use grantd_model::mail::SeenMark;
use grantd_model::{
    Action, Actor, Credential, CredentialId, Listener, ListenerId, ListenerState, MailAction,
    MailDelivery, MailHour, MailKey, MailLetter, PendingMail, Revision, Timestamp,
};
use grantd_store::{LetterFilter, Waiting};
use tokio::sync::watch;

use super::bounds::may_go_to;
use crate::credentials::find::find;
use crate::{CredentialRef, Engine, EngineError, access};

/// The memory of all listeners, for whoever runs them.
#[derive(Clone)]
pub struct ListenerMemory(Engine);

/// What one step of a listener has brought; it is kept as a whole or not at all.
#[derive(Debug, Default)]
pub struct MailProgress {
    /// How far the listener has come, where that changed.
    pub state: Option<ListenerState>,
    /// What was dealt with: delivered, set aside, or gone.
    pub seen: Vec<SeenMark>,
    /// What was not wanted.
    pub passed_over: Vec<SeenMark>,
    /// What is still to be delivered of a folder that is read through.
    pub pending: Vec<PendingMail>,
    /// What of that is dealt with.
    pub pending_done: Vec<String>,
    /// Whether what was passed over, and is pending, is forgotten first.
    pub begins_anew: bool,
    /// What was delivered.
    pub deliveries: Vec<MailDelivery>,
    /// How many attempts failed.
    pub failed: u64,
    /// What is to be done now, or later than was thought.
    pub actions: Vec<MailAction>,
    /// Whose action is done, and what the server knows the mail by since, where that is another id.
    pub actions_done: Vec<(MailKey, Option<String>)>,
    /// What could not be delivered.
    pub letters: Vec<MailLetter>,
    /// What is no more to be tried.
    pub letters_done: Vec<MailKey>,
}

impl MailProgress {
    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.seen.is_empty()
            && self.passed_over.is_empty()
            && self.pending.is_empty()
            && self.pending_done.is_empty()
            && !self.begins_anew
            && self.deliveries.is_empty()
            && self.failed == 0
            && self.actions.is_empty()
            && self.actions_done.is_empty()
            && self.letters.is_empty()
            && self.letters_done.is_empty()
    }
}

impl Engine {
    /// The memory of all listeners.
    ///
    /// # Errors
    /// Without a grant to administer.
    pub fn listener_memory(&self, actor: &Actor) -> Result<ListenerMemory, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        Ok(ListenerMemory(self.clone()))
    }
}

impl ListenerMemory {
    /// The engine whose memory it is.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.0
    }

    /// Tells when listeners, or what they use, may have changed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.directory().listeners.subscribe()
    }

    /// How long it remembers what was delivered.
    #[must_use]
    pub fn keeps(&self) -> Duration {
        self.0.parts().keep_mail
    }

    /// All listeners.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn listeners(&self) -> Result<Vec<Listener>, EngineError> {
        let mut unit = self.0.parts().store.read().await?;
        Ok(unit.listeners().all().await?)
    }

    /// How far a listener has come.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn state(&self, listener: ListenerId) -> Result<ListenerState, EngineError> {
        let mut unit = self.0.parts().store.read().await?;
        let state = unit.mail().state(listener).await?;
        Ok(state.unwrap_or_default())
    }

    /// Those of the marks that are remembered.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn seen(
        &self,
        listener: ListenerId,
        marks: &[SeenMark],
    ) -> Result<BTreeSet<SeenMark>, EngineError> {
        if marks.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut unit = self.0.parts().store.read().await?;
        Ok(unit.mail().seen(listener, marks).await?)
    }

    /// What is still to be delivered of a folder that was read through, in the order of receipt, at most
    /// so many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn pending(
        &self,
        listener: ListenerId,
        newest_first: bool,
        most: u32,
    ) -> Result<Vec<PendingMail>, EngineError> {
        let mut unit = self.0.parts().store.read().await?;
        Ok(unit.mail().pending(listener, newest_first, most).await?)
    }

    /// Those of the items that are still to be delivered.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn pending_of(
        &self,
        listener: ListenerId,
        items: &[String],
    ) -> Result<BTreeSet<String>, EngineError> {
        if items.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut unit = self.0.parts().store.read().await?;
        Ok(unit.mail().pending_of(listener, items).await?)
    }

    /// The letter of a mail, if there is one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn letter(
        &self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<Option<MailLetter>, EngineError> {
        let mut unit = self.0.parts().store.read().await?;
        Ok(unit.mail().letter(listener, key).await?)
    }

    /// What waits at a listener.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn waiting(&self, listener: ListenerId) -> Result<Waiting, EngineError> {
        let mut unit = self.0.parts().store.read().await?;
        Ok(unit.mail().waiting(listener).await?)
    }

    /// The actions and letters that are due, the earliest first, at most so many of each.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due(
        &self,
        listener: ListenerId,
        by: Timestamp,
        most: u32,
    ) -> Result<(Vec<MailAction>, Vec<MailLetter>), EngineError> {
        let mut unit = self.0.parts().store.read().await?;
        let actions = unit.mail().due_actions(listener, by, most).await?;
        let due = LetterFilter::DueBy(by);
        let letters = unit.mail().letters(listener, due, most).await?;
        Ok((actions, letters))
    }

    /// Keeps what one step has brought, durably, as a whole.
    ///
    /// # Errors
    /// When the store fails, or the listener is gone.
    pub async fn keep(
        &self,
        listener: ListenerId,
        progress: MailProgress,
    ) -> Result<(), EngineError> {
        if progress.is_empty() {
            return Ok(());
        }
        let now = self.0.now();
        let mut unit = self.0.parts().store.write().await?;
        let mut mail = unit.mail();
        if let Some(state) = &progress.state {
            mail.put_state(listener, state).await?;
        }
        if progress.begins_anew {
            mail.forget_passed_over(listener).await?;
        }
        for (marks, passed_over) in [(&progress.seen, false), (&progress.passed_over, true)] {
            if !marks.is_empty() {
                mail.see(listener, marks, now, passed_over).await?;
            }
        }
        mail.add_pending(listener, &progress.pending).await?;
        if !progress.pending_done.is_empty() {
            mail.remove_pending(listener, &progress.pending_done)
                .await?;
        }
        mail.add_deliveries(&progress.deliveries).await?;
        if !progress.deliveries.is_empty() || progress.failed > 0 {
            mail.add_to_hour(listener, &hour(now, &progress)).await?;
        }
        mail.put_actions(&progress.actions).await?;
        if !progress.actions_done.is_empty() {
            let done = progress.actions_done.iter().map(|(key, _)| key.clone());
            let done: Vec<MailKey> = done.collect();
            mail.remove_actions(listener, &done).await?;
        }
        for (key, item) in &progress.actions_done {
            if let Some(item) = item {
                mail.moved(listener, key, item).await?;
            }
        }
        for letter in &progress.letters {
            mail.put_letter(letter).await?;
        }
        for key in &progress.letters_done {
            mail.remove_letter(listener, key).await?;
        }
        drop(mail);
        Ok(unit.commit().await?)
    }

    /// The credential of a listener as it is now, if its tokens may still be used for this mailbox.
    ///
    /// # Errors
    /// When it is gone or disabled, or an admin has taken the mailbox away from it.
    pub async fn credential(&self, listener: &Listener) -> Result<Credential, EngineError> {
        let id: CredentialId = listener.settings.credential;
        let mut unit = self.0.parts().store.read().await?;
        let credential = find(unit.credentials().as_mut(), &CredentialRef::Id(id)).await?;
        if !credential.enabled {
            return Err(EngineError::Disabled);
        }
        let allowed = &credential.settings.allowed_mailboxes;
        let mailbox = &listener.settings.mailbox;
        if grantd_model::listener::is_allowed_mailbox(allowed, mailbox) {
            Ok(credential)
        } else {
            let fault = super::bounds::mailbox_not_allowed(&credential);
            Err(EngineError::field(fault.at("/mailbox")))
        }
    }

    /// The revision of a listener's credential, whether or not it may be used.
    ///
    /// # Errors
    /// When it is gone, or the store fails.
    pub async fn credential_revision(&self, listener: &Listener) -> Result<Revision, EngineError> {
        let wanted = CredentialRef::Id(listener.settings.credential);
        let mut unit = self.0.parts().store.read().await?;
        let credential = find(unit.credentials().as_mut(), &wanted).await?;
        Ok(credential.revision)
    }

    /// Whether a token of the credential may be sent to this host.
    #[must_use]
    pub fn may_go_to(credential: &Credential, host: &str) -> bool {
        may_go_to(credential, host)
    }
}

fn hour(now: Timestamp, progress: &MailProgress) -> MailHour {
    const HOUR: i64 = 3_600_000_000;
    let lags = progress.deliveries.iter().filter_map(|it| {
        let received = it.received_at?;
        Some(it.at.since(received))
    });
    MailHour {
        hour: Timestamp::from_micros(now.as_micros().div_euclid(HOUR).saturating_mul(HOUR)),
        delivered: progress.deliveries.len() as u64,
        failed: progress.failed,
        most_lag: lags.max().unwrap_or_default(),
    }
}
