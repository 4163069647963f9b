//! The history of tokens.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::usage::UsageCount;
use grantd_model::{CredentialId, HealthRecord, Timestamp, TokenEvent};
use grantd_store::{
    EventQuery, HistoryReader, HistoryWriter, Page, Position, SortValue, StoreError, UsageQuery,
};

use super::state::{Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> HistoryReader for Repository<S> {
    async fn events(&mut self, query: &EventQuery) -> Result<Page<TokenEvent>, StoreError> {
        let all = &self.0.borrow().events;
        let end = match &query.page.after {
            None => all.len(),
            Some(after) => all
                .iter()
                .position(|event| event.id.to_string() == after.id)
                .unwrap_or(0),
        };
        let rows = all
            .iter()
            .take(end)
            .rev()
            .filter(|event| event.credential == query.credential)
            .take(query.page.limit as usize + 1)
            .map(|event| TokenEvent::clone(event))
            .collect();
        Ok(Page::from_rows(rows, query.page.limit, |event| Position {
            value: SortValue::Micros(event.at.as_micros()),
            id: event.id.to_string(),
        }))
    }

    async fn health(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, HealthRecord)>, StoreError> {
        let kept = &self.0.borrow().health;
        Ok(credentials
            .iter()
            .filter_map(|id| kept.get(id).map(|record| (*id, record.clone())))
            .collect())
    }

    async fn usage(&mut self, query: &UsageQuery) -> Result<Vec<UsageCount>, StoreError> {
        let mut found: Vec<UsageCount> = self
            .0
            .borrow()
            .usage
            .iter()
            .filter(|count| count.credential == query.credential)
            .filter(|count| (query.from..query.until).contains(&count.minute))
            .cloned()
            .collect();
        found.sort_by_key(|count| count.minute);
        found.truncate(query.limit as usize);
        Ok(found)
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> HistoryWriter for Repository<S> {
    async fn append(&mut self, event: &TokenEvent) -> Result<(), StoreError> {
        let events = &mut self.0.borrow_mut().events;
        if events.iter().any(|other| other.id == event.id) {
            return Err(StoreError::Database("the id is there already".to_owned()));
        }
        events.push(Arc::new(event.clone()));
        Ok(())
    }

    async fn put_health(
        &mut self,
        credential: CredentialId,
        record: &HealthRecord,
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        if state.credentials.contains_key(&credential) {
            state.health.insert(credential, record.clone());
        }
        Ok(())
    }

    async fn add_usage(&mut self, counts: &[UsageCount]) -> Result<(), StoreError> {
        let kept = &mut self.0.borrow_mut().usage;
        for count in counts {
            let same = kept.iter_mut().find(|other| {
                (other.minute, other.credential, other.result)
                    == (count.minute, count.credential, count.result)
                    && other.actor == count.actor
            });
            match same {
                Some(other) => other.count += count.count,
                None => kept.push(count.clone()),
            }
        }
        Ok(())
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        let state = self.0.borrow_mut();
        let most = most as usize;
        let mut old: Vec<Timestamp> = state.events.iter().map(|event| event.at).collect();
        old.retain(|at| *at < before);
        old.sort();
        old.truncate(most);
        let mut gone = 0;
        state.events.retain(|event| {
            let goes = old.last().is_some_and(|last| event.at <= *last) && gone < most;
            gone += usize::from(goes);
            !goes
        });
        let mut dropped = 0;
        state.usage.retain(|count| {
            let goes = count.minute < before && dropped < most;
            dropped += usize::from(goes);
            !goes
        });
        Ok((gone + dropped) as u64)
    }
}
