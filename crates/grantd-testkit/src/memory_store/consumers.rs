//! HTTP consumers.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::consumer::HostName;
use grantd_model::{Consumer, ConsumerId, Revision, Slug};
use grantd_store::repository::folded;
use grantd_store::{
    ConsumerQuery, ConsumerReader, ConsumerWriter, Page, Position, SortValue, StoreError, Taken,
};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> ConsumerReader for Repository<S> {
    async fn by_id(&mut self, id: ConsumerId) -> Result<Option<Consumer>, StoreError> {
        let found = self.0.borrow().consumers.get(&id);
        Ok(found.map(|it| Consumer::clone(it)))
    }

    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Consumer>, StoreError> {
        let mut all = self.0.borrow().consumers.values();
        let found = all.find(|it| it.slug == *slug);
        Ok(found.map(|it| Consumer::clone(it)))
    }

    async fn id_of_host(&mut self, host: &HostName) -> Result<Option<ConsumerId>, StoreError> {
        let mut all = self.0.borrow().consumers.values();
        let found = all.find(|it| it.settings.hosts.contains(host));
        Ok(found.map(|it| it.id))
    }

    async fn page(&mut self, query: &ConsumerQuery) -> Result<Page<Consumer>, StoreError> {
        let part = query.part.as_deref().map(folded);
        let holds_part = |it: &Consumer| {
            let base_url = it.settings.base_url.to_string().to_ascii_lowercase();
            part.as_ref().is_none_or(|part| {
                folded(it.settings.name.as_str()).contains(part)
                    || it.slug.as_str().contains(part)
                    || base_url.contains(part)
            })
        };
        let all = self.0.borrow().consumers.values();
        let mut rows: Vec<Consumer> = all
            .filter(|it| {
                let credential = query.credential;
                credential.is_none_or(|id| it.settings.credential == id)
            })
            .filter(|it| holds_part(it))
            .filter(|it| {
                let after = query.page.after.as_ref();
                after.is_none_or(|after| position(it).value > after.value)
            })
            .map(|it| Consumer::clone(it))
            .collect();
        rows.sort_by_key(|it| folded(it.settings.name.as_str()));
        rows.truncate(query.page.limit as usize + 1);
        Ok(Page::from_rows(rows, query.page.limit, position))
    }

    async fn all(&mut self) -> Result<Vec<Consumer>, StoreError> {
        let all = self.0.borrow().consumers.values();
        Ok(all.map(|it| Consumer::clone(it)).collect())
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> ConsumerWriter for Repository<S> {
    async fn insert(&mut self, consumer: &Consumer) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        check(state, consumer)?;
        state::insert(&mut state.consumers, consumer.id, consumer.clone())
    }

    async fn update(&mut self, consumer: &Consumer, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = match state.consumers.get(&consumer.id) {
            Some(before) if before.revision == expected => Consumer::clone(before),
            _ => return Err(StoreError::Stale),
        };
        let after = Consumer {
            slug: before.slug,
            created: before.created,
            ..consumer.clone()
        };
        check(state, &after)?;
        state.consumers.insert(consumer.id, Arc::new(after));
        Ok(())
    }

    async fn delete(&mut self, id: ConsumerId, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = state.consumers.get(&id);
        if before.is_none_or(|before| before.revision != expected) {
            return Err(StoreError::Stale);
        }
        state.consumers.remove(&id);
        Ok(())
    }
}

fn position(consumer: &Consumer) -> Position {
    Position {
        value: SortValue::Text(folded(consumer.settings.name.as_str())),
        id: consumer.id.to_string(),
    }
}

fn check(state: &State, wanted: &Consumer) -> Result<(), StoreError> {
    let name = |it: &Consumer| folded(it.settings.name.as_str());
    for other in state.consumers.values().filter(|it| it.id != wanted.id) {
        if name(other) == name(wanted) {
            return Err(StoreError::Taken(Taken::Name));
        }
        if other.slug == wanted.slug {
            return Err(StoreError::Taken(Taken::Slug));
        }
        let hosts = &other.settings.hosts;
        if wanted
            .settings
            .hosts
            .iter()
            .any(|host| hosts.contains(host))
        {
            return Err(StoreError::Taken(Taken::Host));
        }
    }
    Ok(())
}
