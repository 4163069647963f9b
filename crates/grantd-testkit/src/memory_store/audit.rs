//! The audit log.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::{ActorRef, AuditAction, AuditEntry};
use grantd_store::{AuditQuery, AuditReader, AuditWriter, Page, Position, SortValue, StoreError};

use super::state::{Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> AuditReader for Repository<S> {
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        let all = &self.0.borrow().audit;
        let end = match &query.page.after {
            None => all.len(),
            Some(after) => all
                .iter()
                .position(|entry| entry.id.to_string() == after.id)
                .unwrap_or(0),
        };
        let rows = all
            .iter()
            .take(end)
            .rev()
            .filter(|entry| query.object.as_ref().is_none_or(|id| entry.object == *id))
            .filter(|entry| query.action.is_none_or(|action| entry.action == action))
            .filter(|entry| !query.without_fetches || entry.action != AuditAction::TokenFetch)
            .filter(|entry| query.from.is_none_or(|from| entry.at >= from))
            .filter(|entry| query.until.is_none_or(|until| entry.at < until))
            .filter(|entry| query.actor.as_deref().is_none_or(|id| is_by(entry, id)))
            .take(query.page.limit as usize + 1)
            .map(|entry| AuditEntry::clone(entry))
            .collect();
        Ok(Page::from_rows(rows, query.page.limit, |entry| Position {
            value: SortValue::Micros(entry.at.as_micros()),
            id: entry.id.to_string(),
        }))
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> AuditWriter for Repository<S> {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let log = &mut self.0.borrow_mut().audit;
        if log.iter().any(|other| other.id == entry.id) {
            return Err(StoreError::Database("the id is there already".to_owned()));
        }
        log.push(Arc::new(entry.clone()));
        Ok(())
    }
}

fn is_by(entry: &AuditEntry, wanted: &str) -> bool {
    match &entry.actor {
        ActorRef::Key { id, .. } => id.to_string() == wanted,
        ActorRef::User { id, .. } => id.to_string() == wanted,
        ActorRef::System | ActorRef::Workload { .. } => false,
    }
}
