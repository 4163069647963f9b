//! Writes down how token requests ended: event, audit entry, health and the use of the secret, in
//! one transaction. Requests that end at the same time share one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use grantd_model::{
    ActorRef, AuditAction, AuditEntry, AuditId, CredentialId, EventCause, EventId, EventResult,
    HealthRecord, ObjectId, Timestamp, TokenEvent,
};
use grantd_store::{AuditChain, StoreError, WriteUnit};
use tokio::sync::oneshot;

use crate::Engine;
use crate::token::failure::{self, TokenFailure};
use crate::token::held::HeldToken;

/// The most entries of one transaction.
const MOST_AT_ONCE: usize = 256;

/// A token request that has ended, without its result.
pub(crate) struct Entry {
    pub(crate) credential: CredentialId,
    pub(crate) token_generation: u64,
    /// What the credential is called; none if it is gone.
    pub(crate) name: Option<String>,
    pub(crate) cause: EventCause,
    pub(crate) actor: ActorRef,
    pub(crate) at: Timestamp,
    pub(crate) duration: Duration,
    pub(crate) secret_version: Option<u32>,
    /// Whether the credential is still as it was when the request began.
    pub(crate) is_current: bool,
}

/// What waits to be written, and whose turn it is to write.
#[derive(Default)]
pub(crate) struct Ledger {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

struct Waiting {
    page: Page,
    written: oneshot::Sender<Result<(), StoreError>>,
}

/// One entry as it is written.
struct Page {
    event: TokenEvent,
    audit: AuditEntry,
    token_generation: u64,
    is_current: bool,
}

impl Ledger {
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let most = waiting.len().min(MOST_AT_ONCE);
        waiting.drain(..most).collect()
    }
}

impl Engine {
    /// Writes an entry down, and returns when it is kept.
    pub(crate) async fn enter(
        &self,
        entry: Entry,
        result: &Result<HeldToken, TokenFailure>,
    ) -> Result<(), StoreError> {
        let (sender, written) = oneshot::channel();
        let waiting = Waiting {
            page: self.page(entry, result),
            written: sender,
        };
        let ledger = self.ledger();
        ledger
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(waiting);
        let turn = ledger.turn.lock().await;
        // whoever has the turn writes for all; the others find their entries written
        let pages = ledger.take();
        if !pages.is_empty() {
            self.write_all(pages).await;
        }
        drop(turn);
        let lost = || StoreError::Database("the writing was cut off".to_owned());
        written.await.unwrap_or_else(|_| Err(lost()))
    }

    async fn write_all(&self, pages: Vec<Waiting>) {
        let all: Vec<&Page> = pages.iter().map(|waiting| &waiting.page).collect();
        let together = self.write_pages(&all).await;
        let alone = together.is_err() && pages.len() > 1;
        for waiting in pages {
            let result = match &together {
                Ok(()) => Ok(()),
                // one of them may be at fault for all
                Err(_) if alone => self.write_pages(&[&waiting.page]).await,
                Err(error) => Err(error.clone()),
            };
            // the flight that waits for it may have been cut off
            let _ = waiting.written.send(result);
        }
    }

    async fn write_pages(&self, pages: &[&Page]) -> Result<(), StoreError> {
        let mut unit = self.parts().store.write().await?;
        for page in pages {
            write(unit.as_mut(), page, &self.parts().audit).await?;
        }
        unit.commit().await
    }

    fn page(&self, entry: Entry, result: &Result<HeldToken, TokenFailure>) -> Page {
        let (result, detail) = match result {
            Ok(token) => {
                let lifetime = format!("{} s", token.lifetime.as_secs());
                (
                    EventResult::Issued {
                        lifetime: token.lifetime,
                        same: token.same_again,
                    },
                    [("result", "issued".to_owned()), ("lifetime", lifetime)],
                )
            }
            Err(failure) => {
                let detail = failure.cause.to_string();
                (
                    EventResult::Failed {
                        class: failure::class(&failure.cause).to_owned(),
                        detail: detail.clone(),
                        remedy: failure::remedy(&failure.cause),
                        retry_at: (!failure.wait.is_zero()).then(|| failure.retry_at()),
                    },
                    [("result", "failed".to_owned()), ("cause", detail)],
                )
            }
        };
        let object = ObjectId::from(entry.credential);
        Page {
            audit: AuditEntry {
                id: AuditId::new(entry.at, self.random()),
                at: entry.at,
                actor: entry.actor.clone(),
                action: AuditAction::TokenFetch,
                object_name: entry.name.unwrap_or_else(|| object.to_string()),
                object,
                detail: detail.map(|(name, text)| (name.to_owned(), text)).into(),
            },
            event: TokenEvent {
                id: EventId::new(entry.at, self.random()),
                at: entry.at,
                credential: entry.credential,
                cause: entry.cause,
                actor: entry.actor,
                duration: entry.duration,
                secret_version: entry.secret_version,
                result,
            },
            token_generation: entry.token_generation,
            is_current: entry.is_current,
        }
    }
}

async fn write(
    unit: &mut dyn WriteUnit,
    page: &Page,
    chain: &AuditChain,
) -> Result<(), StoreError> {
    let event = &page.event;
    unit.history().append(event).await?;
    unit.audit().append(&page.audit, chain).await?;
    if !page.is_current {
        return Ok(());
    }
    let id = event.credential;
    let health = match &event.result {
        EventResult::Issued { .. } => {
            if let Some(version) = event.secret_version {
                unit.credentials()
                    .secret_used(id, version, event.at)
                    .await?;
            }
            HealthRecord::succeeded(page.token_generation, event.at)
        }
        EventResult::Failed {
            class,
            detail,
            remedy,
            ..
        } => {
            let before = unit.history().health(&[id]).await?.pop();
            HealthRecord::failed(
                before.map(|(_, record)| record),
                page.token_generation,
                event.at,
                (class.clone(), detail.clone(), remedy.clone()),
            )
        }
    };
    unit.history().put_health(id, &health).await
}
