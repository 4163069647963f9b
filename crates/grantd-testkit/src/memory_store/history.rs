//! The history of tokens.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::usage::{HourCount, HourKind, UsageCount, UsageHour, UsageResult};
use grantd_model::{CredentialId, EventResult, HealthRecord, Timestamp, TokenEvent};
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

    async fn usage_hours(&mut self, query: &UsageQuery) -> Result<Vec<UsageHour>, StoreError> {
        let mut hours: Vec<UsageHour> = Vec::new();
        let all = UsageQuery {
            limit: u32::MAX,
            ..query.clone()
        };
        for count in self.usage(&all).await? {
            let hour = hour_of(count.minute);
            let same = hours
                .iter_mut()
                .find(|it| (it.hour, it.result) == (hour, count.result) && it.actor == count.actor);
            match same {
                Some(same) => {
                    same.count += count.count;
                    same.last = same.last.max(count.minute);
                }
                None => hours.push(UsageHour {
                    hour,
                    actor: count.actor,
                    result: count.result,
                    count: count.count,
                    last: count.minute,
                }),
            }
        }
        hours.truncate(query.limit as usize);
        Ok(hours)
    }

    async fn hours(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<HourCount>, StoreError> {
        let kept = &self.0.borrow().hours;
        Ok(kept
            .iter()
            .filter(|((hour, _), _)| (from..until).contains(hour))
            .map(|((hour, kind), count)| HourCount {
                hour: *hour,
                kind: kind.clone(),
                count: *count,
            })
            .collect())
    }
}

fn hour_of(time: Timestamp) -> Timestamp {
    let seconds = time.as_seconds();
    Timestamp::from_seconds(seconds - seconds.rem_euclid(3600))
}

#[async_trait]
impl<S: BorrowMut<State> + Send> HistoryWriter for Repository<S> {
    async fn append(&mut self, event: &TokenEvent) -> Result<(), StoreError> {
        let events = &mut self.0.borrow_mut().events;
        if events.iter().any(|other| other.id == event.id) {
            return Err(StoreError::Database("the id is there already".to_owned()));
        }
        events.push(Arc::new(event.clone()));
        let kind = match &event.result {
            EventResult::Issued { .. } => HourKind::Issued,
            EventResult::Failed { class, .. } => HourKind::Failed(class.clone()),
        };
        let hours = &mut self.0.borrow_mut().hours;
        *hours.entry((hour_of(event.at), kind)).or_default() += 1;
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

    async fn add_usage(&mut self, counts: &[UsageCount], at: Timestamp) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        for count in counts {
            let same = state.usage.iter_mut().find(|other| {
                (other.minute, other.credential, other.result)
                    == (count.minute, count.credential, count.result)
                    && other.actor == count.actor
            });
            match same {
                Some(other) => other.count += count.count,
                None => state.usage.push(count.clone()),
            }
            let hour = (hour_of(count.minute), count.result.into());
            *state.hours.entry(hour).or_default() += count.count;
            let id = count.credential;
            if count.result == UsageResult::HandedOut && state.credentials.contains_key(&id) {
                let last = state.last_used.entry(id).or_insert(at);
                *last = at.max(*last);
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
        let whole = Duration::from_hours(1);
        let hours = state.hours.keys();
        let old: Vec<_> = hours
            .filter(|(hour, _)| hour.plus(whole) <= before)
            .cloned()
            .collect();
        let old = &old[..old.len().min(most)];
        for key in old {
            state.hours.remove(key);
        }
        Ok((gone + dropped + old.len()) as u64)
    }
}
