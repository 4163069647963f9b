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

/// How many actions are done, and written down, at once.
const AT_ONCE: usize = 20;

impl Runner {
    /// Does what is due.
    pub(crate) async fn do_afterwards(&self, actions: Vec<MailAction>) -> Result<(), Stopped> {
        for part in actions.chunk_by(|one, other| one.what == other.what) {
            for some in part.chunks(AT_ONCE) {
                self.still_wanted()?;
                self.do_some(some).await?;
            }
        }
        Ok(())
    }

    /// Does what is to be done in the same way, and writes down what became of it.
    async fn do_some(&self, actions: &[MailAction]) -> Result<(), Stopped> {
        let Some(first) = actions.first() else {
            return Ok(());
        };
        let items: Vec<String> = actions.iter().map(|it| it.item.clone()).collect();
        let acted = self.mailbox.act(&items, &self.act(first.what)).await;
        let acted = match acted {
            Ok(acted) => acted,
            Err(fault @ MailFault::Busy { .. }) => return Err(fault.into()),
            // such as a folder that is not there: it is told with each, and tried again by itself
            Err(fault) => vec![Err(fault); actions.len()],
        };
        let mut progress = MailProgress::default();
        let mut holds_up = None;
        for (action, acted) in actions.iter().zip(acted) {
            match acted {
                Ok(item) => progress.actions_done.push((action.key.clone(), item)),
                // it stays due
                Err(fault @ MailFault::Busy { .. }) => holds_up = Some(fault),
                Err(fault) => progress.actions.push(self.later(action.clone(), &fault)),
            }
        }
        self.keep(progress).await?;
        match holds_up {
            Some(fault) => Err(fault.into()),
            None => Ok(()),
        }
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
