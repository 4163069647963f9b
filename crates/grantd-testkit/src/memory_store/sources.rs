//! Secret sources that an admin added.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::secret_reference::SourceName;
use grantd_model::{Revision, Source, SourceId};
use grantd_store::{SourceReader, SourceWriter, StoreError, Taken};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> SourceReader for Repository<S> {
    async fn by_name(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        let mut all = self.0.borrow().sources.values();
        Ok(all.find(|it| it.name == *name).map(|it| Source::clone(it)))
    }

    async fn all(&mut self) -> Result<Vec<Source>, StoreError> {
        let all = self.0.borrow().sources.values();
        let mut all: Vec<Source> = all.map(|it| Source::clone(it)).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> SourceWriter for Repository<S> {
    async fn insert(&mut self, source: &Source) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        if state.sources.values().any(|it| it.name == source.name) {
            return Err(StoreError::Taken(Taken::Name));
        }
        state::insert(&mut state.sources, source.id, source.clone())
    }

    async fn update(&mut self, source: &Source, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = match state.sources.get(&source.id) {
            Some(before) if before.revision == expected => Source::clone(before),
            _ => return Err(StoreError::Stale),
        };
        let after = Source {
            name: before.name,
            created: before.created,
            ..source.clone()
        };
        state.sources.insert(source.id, Arc::new(after));
        Ok(())
    }

    async fn delete(&mut self, id: SourceId, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = state.sources.get(&id);
        if before.is_none_or(|before| before.revision != expected) {
            return Err(StoreError::Stale);
        }
        state.sources.remove(&id);
        Ok(())
    }
}
