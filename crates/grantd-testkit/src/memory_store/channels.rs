//! Alert channels.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::{AlertChannel, ChannelId, Revision, Slug};
use grantd_store::{ChannelReader, ChannelWriter, StoreError, Taken};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> ChannelReader for Repository<S> {
    async fn by_id(&mut self, id: ChannelId) -> Result<Option<AlertChannel>, StoreError> {
        let found = self.0.borrow().channels.get(&id);
        Ok(found.map(|it| AlertChannel::clone(it)))
    }

    async fn by_name(&mut self, name: &Slug) -> Result<Option<AlertChannel>, StoreError> {
        let mut all = self.0.borrow().channels.values();
        let found = all.find(|it| it.name == *name);
        Ok(found.map(|it| AlertChannel::clone(it)))
    }

    async fn all(&mut self) -> Result<Vec<AlertChannel>, StoreError> {
        let all = self.0.borrow().channels.values();
        let mut all: Vec<AlertChannel> = all.map(|it| AlertChannel::clone(it)).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> ChannelWriter for Repository<S> {
    async fn insert(&mut self, channel: &AlertChannel) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        if state.channels.values().any(|it| it.name == channel.name) {
            return Err(StoreError::Taken(Taken::Name));
        }
        state::insert(&mut state.channels, channel.id, channel.clone())
    }

    async fn update(
        &mut self,
        channel: &AlertChannel,
        expected: Revision,
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = match state.channels.get(&channel.id) {
            Some(before) if before.revision == expected => AlertChannel::clone(before),
            _ => return Err(StoreError::Stale),
        };
        let after = AlertChannel {
            name: before.name,
            created: before.created,
            ..channel.clone()
        };
        state.channels.insert(channel.id, Arc::new(after));
        Ok(())
    }

    async fn delete(&mut self, id: ChannelId, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = state.channels.get(&id);
        if before.is_none_or(|before| before.revision != expected) {
            return Err(StoreError::Stale);
        }
        state.channels.remove(&id);
        state.alert_deliveries.retain(|it| it.channel != id);
        Ok(())
    }
}
