//! What was delivered, what could not be, and what is to be delivered again.

use grantd_model::{Action, Actor, AuditAction, MailDelivery, MailKey, MailLetter};
use grantd_store::LetterFilter;

use super::find::find_for;
use crate::{Engine, EngineError, ListenerRef, Listing, cursor};

/// The most letters that are listed.
const MOST_LETTERS: u32 = 200;

impl Engine {
    /// A page of what a listener delivered, newest first.
    ///
    /// # Errors
    /// When there is none that the actor may read; when limit or cursor are wrong.
    pub async fn list_deliveries(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Listing<MailDelivery>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let listener = find_for(unit.listeners().as_mut(), actor, Action::Read, wanted).await?;
        let query = format!("deliveries {}", listener.id);
        let page = cursor::page(limit, cursor, &query)?;
        let page = unit.mail().deliveries(listener.id, &page).await?;
        Ok(cursor::listing(page, &query))
    }

    /// The mails that a listener could not deliver so far, newest first, at most 200: all, or only
    /// those that were given up.
    ///
    /// # Errors
    /// When there is none that the actor may read.
    pub async fn list_letters(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        given_up: bool,
    ) -> Result<Vec<MailLetter>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let listener = find_for(unit.listeners().as_mut(), actor, Action::Read, wanted).await?;
        let filter = if given_up {
            LetterFilter::GivenUp
        } else {
            LetterFilter::All
        };
        Ok(unit
            .mail()
            .letters(listener.id, filter, MOST_LETTERS)
            .await?)
    }

    /// Has a mail delivered again at once: one that was given up or waits, or one that was delivered,
    /// under the same key.
    ///
    /// # Errors
    /// Without a grant to manage the listener; when nothing is known of the mail.
    pub async fn replay_mail(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        key: &MailKey,
    ) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let listener = find_for(unit.listeners().as_mut(), actor, Action::Manage, wanted).await?;
        let now = self.now();
        let kept = unit.mail().letter(listener.id, key).await?;
        let letter = if let Some(letter) = kept {
            MailLetter {
                due_at: Some(now),
                ..letter
            }
        } else {
            let delivery = unit.mail().delivery(listener.id, key).await?;
            let delivery = delivery.ok_or_else(|| EngineError::NotFound {
                what: "mail",
                name: key.to_string(),
            })?;
            MailLetter {
                listener: listener.id,
                key: key.clone(),
                item: delivery.item,
                subject: delivery.subject,
                sender: delivery.sender,
                received_at: delivery.received_at,
                first_at: now,
                last_at: now,
                attempts: 0,
                due_at: Some(now),
                class: "again".to_owned(),
                detail: "to be delivered again, as somebody asked".to_owned(),
                again: true,
            }
        };
        unit.mail().put_letter(&letter).await?;
        let detail = vec![("key".to_owned(), key.to_string())];
        self.put_listener(unit, actor, &listener, (AuditAction::MailReplay, detail))
            .await
    }

    /// Takes a mail off the list of those that could not be delivered; it stays in its mailbox.
    ///
    /// # Errors
    /// Without a grant to manage the listener; when the mail is not on the list.
    pub async fn discard_mail(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        key: &MailKey,
    ) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let listener = find_for(unit.listeners().as_mut(), actor, Action::Manage, wanted).await?;
        if !unit.mail().remove_letter(listener.id, key).await? {
            return Err(EngineError::NotFound {
                what: "mail",
                name: key.to_string(),
            });
        }
        let detail = vec![("key".to_owned(), key.to_string())];
        self.put_listener(unit, actor, &listener, (AuditAction::MailDiscard, detail))
            .await
    }
}
