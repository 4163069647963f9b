//! The audit log.

use std::borrow::{Borrow, BorrowMut};

use async_trait::async_trait;
use grantd_model::AuditEntry;
use grantd_store::{AuditQuery, AuditReader, AuditWriter, Page, Position, SortValue, StoreError};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> AuditReader for Repository<S> {
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        let page = &query.page;
        let after = page.after.as_ref().map(|position| position.id.as_str());
        let rows = self
            .0
            .borrow()
            .audit
            .values()
            .rev()
            .filter(|entry| after.is_none_or(|after| entry.id.to_string().as_str() < after))
            .filter(|entry| query.object.as_ref().is_none_or(|id| entry.object == *id))
            .filter(|entry| query.action.is_none_or(|action| entry.action == action))
            .take(page.limit as usize + 1)
            .map(|entry| AuditEntry::clone(entry))
            .collect();
        Ok(Page::from_rows(rows, page.limit, |entry| Position {
            value: SortValue::Micros(entry.at.as_micros()),
            id: entry.id.to_string(),
        }))
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> AuditWriter for Repository<S> {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        state::insert(&mut self.0.borrow_mut().audit, entry.id, entry.clone())
    }
}
