//! What was told of which cause, and the outbox.

use std::borrow::{Borrow, BorrowMut};
use std::collections::BTreeMap;

use async_trait::async_trait;
use grantd_model::alert::Trouble;
use grantd_model::{AlertCause, AlertDelivery, ChannelId, Timestamp};
use grantd_store::{AlertReader, AlertWriter, StoreError};

use super::state::{Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> AlertReader for Repository<S> {
    async fn causes(&mut self) -> Result<Vec<AlertCause>, StoreError> {
        Ok(self.0.borrow().alert_causes.values().cloned().collect())
    }

    async fn due(
        &mut self,
        channel: ChannelId,
        by: Timestamp,
        most: u32,
    ) -> Result<Vec<AlertDelivery>, StoreError> {
        let all = self.0.borrow().alert_deliveries.iter();
        let due = all.filter(|it| it.channel == channel && it.due_at.is_some_and(|at| at <= by));
        Ok(due.take(most as usize).cloned().collect())
    }

    async fn waiting(&mut self) -> Result<Vec<(ChannelId, u64, Timestamp)>, StoreError> {
        let mut waiting: BTreeMap<ChannelId, (u64, Timestamp)> = BTreeMap::new();
        for delivery in &self.0.borrow().alert_deliveries {
            let Some(due) = delivery.due_at else {
                continue;
            };
            let (number, first) = waiting.entry(delivery.channel).or_insert((0, due));
            *number += 1;
            *first = due.min(*first);
        }
        let waiting = waiting.into_iter();
        Ok(waiting
            .map(|(id, (number, first))| (id, number, first))
            .collect())
    }

    async fn deliveries(
        &mut self,
        channel: ChannelId,
        most: u32,
    ) -> Result<Vec<AlertDelivery>, StoreError> {
        let all = self.0.borrow().alert_deliveries.iter().rev();
        let of = all.filter(|it| it.channel == channel);
        Ok(of.take(most as usize).cloned().collect())
    }

    async fn last_tried(&mut self) -> Result<Vec<AlertDelivery>, StoreError> {
        let mut last: BTreeMap<ChannelId, &AlertDelivery> = BTreeMap::new();
        let at = |it: &AlertDelivery| it.last.as_ref().map(|end| end.at);
        for delivery in &self.0.borrow().alert_deliveries {
            let known = last.get(&delivery.channel);
            if at(delivery).is_some() && known.is_none_or(|known| at(known) < at(delivery)) {
                last.insert(delivery.channel, delivery);
            }
        }
        Ok(last.into_values().cloned().collect())
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> AlertWriter for Repository<S> {
    async fn put_cause(&mut self, cause: &AlertCause) -> Result<(), StoreError> {
        let key = (cause.object.clone(), cause.trouble);
        let causes = &mut self.0.borrow_mut().alert_causes;
        causes.insert(key, cause.clone());
        Ok(())
    }

    async fn forget_cause(&mut self, object: &str, trouble: Trouble) -> Result<(), StoreError> {
        let causes = &mut self.0.borrow_mut().alert_causes;
        causes.remove(&(object.to_owned(), trouble));
        Ok(())
    }

    async fn send(&mut self, delivery: &AlertDelivery) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        if !state.channels.contains_key(&delivery.channel) {
            return Err(StoreError::Database("there is no such channel".to_owned()));
        }
        state.alert_deliveries.push(delivery.clone());
        Ok(())
    }

    async fn replace(
        &mut self,
        read: &AlertDelivery,
        after: &AlertDelivery,
    ) -> Result<bool, StoreError> {
        let mut all = self.0.borrow_mut().alert_deliveries.iter_mut();
        let found = all.find(|it| it.id == read.id);
        let as_read =
            |it: &&mut AlertDelivery| (it.attempts, it.due_at) == (read.attempts, read.due_at);
        let Some(delivery) = found.filter(as_read) else {
            return Ok(false);
        };
        delivery.attempts = after.attempts;
        delivery.due_at = after.due_at;
        delivery.last.clone_from(&after.last);
        delivery.settled.clone_from(&after.settled);
        Ok(true)
    }

    async fn hurry(&mut self, channel: ChannelId, at: Timestamp) -> Result<(), StoreError> {
        for delivery in &mut self.0.borrow_mut().alert_deliveries {
            if delivery.channel == channel && delivery.due_at.is_some() {
                (delivery.due_at, delivery.attempts) = (Some(at), 0);
            }
        }
        Ok(())
    }

    async fn prune_deliveries(&mut self, most: u32) -> Result<u64, StoreError> {
        let all = &mut self.0.borrow_mut().alert_deliveries;
        let before = all.len();
        let mut newer: BTreeMap<ChannelId, u32> = BTreeMap::new();
        let mut kept = Vec::with_capacity(before);
        for delivery in all.drain(..).rev() {
            let place = newer.entry(delivery.channel).or_default();
            *place += 1;
            if *place <= most || delivery.due_at.is_some() {
                kept.push(delivery);
            }
        }
        kept.reverse();
        *all = kept;
        Ok((before - all.len()) as u64)
    }
}
