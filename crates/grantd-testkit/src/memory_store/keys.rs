//! API keys.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::{ApiKey, KeyId, Timestamp};
use grantd_store::{KeyReader, KeyWriter, Page, PageRequest, Position, SortValue, StoreError};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> KeyReader for Repository<S> {
    async fn by_id(&mut self, id: KeyId) -> Result<Option<ApiKey>, StoreError> {
        let key = self.0.borrow().keys.get(&id);
        Ok(key.map(|key| ApiKey::clone(key)))
    }

    async fn page(&mut self, page: &PageRequest) -> Result<Page<ApiKey>, StoreError> {
        let after = page.after.as_ref().map(|position| position.id.as_str());
        let rows = self
            .0
            .borrow()
            .keys
            .values()
            .rev()
            .filter(|key| after.is_none_or(|after| key.id.to_string().as_str() < after))
            .take(page.limit as usize + 1)
            .map(|key| ApiKey::clone(key))
            .collect();
        Ok(Page::from_rows(rows, page.limit, |key| Position {
            value: SortValue::Micros(key.created.at.as_micros()),
            id: key.id.to_string(),
        }))
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> KeyWriter for Repository<S> {
    async fn insert(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        state::insert(&mut self.0.borrow_mut().keys, key.id, key.clone())
    }

    async fn revoke(&mut self, id: KeyId, at: Timestamp) -> Result<bool, StoreError> {
        match self.0.borrow_mut().keys.get_mut(&id) {
            Some(key) if key.revoked_at.is_none() => {
                Arc::make_mut(key).revoked_at = Some(at);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
