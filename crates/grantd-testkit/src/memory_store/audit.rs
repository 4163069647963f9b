//! The audit log.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::{ActorRef, AuditAction, AuditEntry, Timestamp};
use grantd_store::{
    AuditChain, AuditFields, AuditLink, AuditQuery, AuditReader, AuditRow, AuditWriter, ChainEnd,
    ChainState, Mac, Page, Position, SortValue, StoreError,
};

use super::state::{Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> AuditReader for Repository<S> {
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        let all = &self.0.borrow().audit;
        let end = match &query.page.after {
            None => all.len(),
            Some(after) => all
                .iter()
                .position(|(_, entry)| entry.id.to_string() == after.id)
                .unwrap_or(0),
        };
        let rows = all
            .iter()
            .take(end)
            .rev()
            .map(|(_, entry)| entry)
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

    async fn chain(&mut self) -> Result<Option<ChainState>, StoreError> {
        Ok(self.0.borrow().chain)
    }

    async fn rows(&mut self, after: i64, most: u32) -> Result<Vec<AuditRow>, StoreError> {
        let all = self.0.borrow().audit.iter();
        let wanted = all.filter(|(link, _)| link.seq > after);
        wanted
            .take(most as usize)
            .map(|(link, entry)| {
                Ok(AuditRow {
                    seq: link.seq,
                    mac: Some(link.mac),
                    fields: AuditFields::of(entry)?,
                })
            })
            .collect()
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> AuditWriter for Repository<S> {
    async fn begin_chain(&mut self, chain: &AuditChain, at: Timestamp) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let anchor = AuditLink {
            seq: state.audit.last().map_or(0, |(link, _)| link.seq),
            mac: Mac::ZERO,
        };
        state.chain = Some(ChainState {
            begun_at: at,
            anchor,
            anchor_proof: chain.confirm(ChainEnd::Anchor, at, &anchor),
            head: anchor,
            head_proof: chain.confirm(ChainEnd::Head, at, &anchor),
        });
        Ok(())
    }

    async fn append(&mut self, entry: &AuditEntry, chain: &AuditChain) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        if state.audit.iter().any(|(_, other)| other.id == entry.id) {
            return Err(StoreError::Database("the id is there already".to_owned()));
        }
        let newest = state
            .audit
            .last()
            .map_or(AuditLink::START, |(link, _)| *link);
        let ends = state.chain.get_or_insert(ChainState {
            begun_at: Timestamp::from_micros(0),
            anchor: newest,
            anchor_proof: Mac::ZERO,
            head: newest,
            head_proof: Mac::ZERO,
        });
        let is_ours = ends.is_confirmed(ChainEnd::Head, chain);
        ends.head = chain.link(&ends.head, &AuditFields::of(entry)?);
        ends.head_proof = if is_ours {
            chain.confirm(ChainEnd::Head, ends.begun_at, &ends.head)
        } else {
            Mac::ZERO
        };
        state.audit.push((ends.head, Arc::new(entry.clone())));
        Ok(())
    }

    async fn prune(
        &mut self,
        before: Timestamp,
        most: u32,
        chain: &AuditChain,
    ) -> Result<u64, StoreError> {
        let state = self.0.borrow_mut();
        let Some(ends) = &mut state.chain else {
            return Ok(0);
        };
        let old = state.audit.iter().take(most as usize);
        let gone = old.take_while(|(_, entry)| entry.at < before).count();
        if let Some((last, _)) = state.audit.drain(..gone).next_back() {
            if ends.is_confirmed(ChainEnd::Anchor, chain) {
                ends.anchor_proof = chain.confirm(ChainEnd::Anchor, ends.begun_at, &last);
            }
            ends.anchor = last;
        }
        Ok(gone as u64)
    }
}

fn is_by(entry: &AuditEntry, wanted: &str) -> bool {
    match &entry.actor {
        ActorRef::Key { id, .. } => id.to_string() == wanted,
        ActorRef::User { id, .. } => id.to_string() == wanted,
        ActorRef::System | ActorRef::Workload { .. } => false,
    }
}
