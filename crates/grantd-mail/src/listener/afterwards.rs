//! What is done with mails once they are delivered or given up: an outbox that was written together
//! with the delivery, and is worked off by itself.

use grantd_engine::MailProgress;
use grantd_model::MailAction;
use grantd_model::listener::Then;
use grantd_model::mail::ActionAfter;

use super::pace::until_next_attempt;
use super::run::{Runner, Stopped};
use crate::fault::MailFault;
use crate::mailbox::{Act, Goes};

/// How many actions are written down at once.
const AT_ONCE: usize = 20;

impl Runner {
    /// Does what is due.
    pub(crate) async fn do_afterwards(&self, actions: Vec<MailAction>) -> Result<(), Stopped> {
        let mut progress = MailProgress::default();
        for action in actions {
            self.still_wanted()?;
            match self.mailbox.act(&action.item, &self.act(action.what)).await {
                Ok(item) => progress.actions_done.push((action.key, item)),
                Err(fault @ (MailFault::Busy { .. } | MailFault::Transient { .. })) => {
                    self.keep(progress).await?;
                    return Err(fault.into());
                }
                Err(fault) => progress.actions.push(self.later(action, &fault)),
            }
            if progress.actions_done.len() + progress.actions.len() >= AT_ONCE {
                self.keep(std::mem::take(&mut progress)).await?;
            }
        }
        self.keep(progress).await
    }

    fn act(&self, what: ActionAfter) -> Act {
        let settings = &self.listener.settings;
        match what {
            ActionAfter::Delivered => Act {
                mark_read: settings.afterwards.mark_read,
                category: settings.afterwards.category.clone(),
                goes: match &settings.afterwards.then {
                    Then::Leave => Goes::Nowhere,
                    Then::Move(folder) => Goes::Into(folder.clone()),
                    Then::Delete(to) => Goes::Away(*to),
                },
            },
            ActionAfter::GivenUp => Act {
                mark_read: false,
                category: None,
                goes: match &settings.retries.folder {
                    Some(folder) => Goes::Into(folder.clone()),
                    None => Goes::Nowhere,
                },
            },
        }
    }

    /// The mail is delivered, so that this holds nothing up: it is tried again, less and less often.
    fn later(&self, action: MailAction, fault: &MailFault) -> MailAction {
        let attempts = action.attempts.saturating_add(1);
        tracing::warn!(
            listener = %self.listener.slug,
            key = %action.key,
            class = fault.class(),
            attempts,
            "what is to be done with a delivered mail was not done, it is tried again"
        );
        MailAction {
            attempts,
            due_at: self.works.now().plus(until_next_attempt(attempts)),
            fault: Some(fault.to_string()),
            ..action
        }
    }
}
