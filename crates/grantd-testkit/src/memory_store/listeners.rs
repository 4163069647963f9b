//! Email listeners and what they remember.

use std::borrow::{Borrow, BorrowMut};
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::mail::SeenMark;
use grantd_model::{
    Listener, ListenerId, ListenerState, MailAction, MailDelivery, MailHour, MailKey, MailLetter,
    PendingMail, Revision, Slug, Timestamp,
};
use grantd_store::repository::folded;
use grantd_store::{
    LetterFilter, ListenerQuery, ListenerReader, ListenerWriter, MailReader, MailWriter, Page,
    PageRequest, Position, SortValue, StoreError, Taken, Waiting,
};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> ListenerReader for Repository<S> {
    async fn by_id(&mut self, id: ListenerId) -> Result<Option<Listener>, StoreError> {
        let found = self.0.borrow().listeners.get(&id);
        Ok(found.map(|it| Listener::clone(it)))
    }

    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Listener>, StoreError> {
        let mut all = self.0.borrow().listeners.values();
        Ok(all
            .find(|it| it.slug == *slug)
            .map(|it| Listener::clone(it)))
    }

    async fn page(&mut self, query: &ListenerQuery) -> Result<Page<Listener>, StoreError> {
        let part = query.part.as_deref().map(folded);
        let mut rows: Vec<Listener> = self
            .0
            .borrow()
            .listeners
            .values()
            .filter(|it| {
                query
                    .credential
                    .is_none_or(|id| it.settings.credential == id)
            })
            .filter(|it| {
                let mailbox = it.settings.mailbox.as_str().to_ascii_lowercase();
                part.as_ref().is_none_or(|part| {
                    folded(it.settings.name.as_str()).contains(part)
                        || it.slug.as_str().contains(part)
                        || mailbox.contains(part)
                })
            })
            .filter(|it| {
                let after = query.page.after.as_ref();
                after.is_none_or(|after| position(it).value > after.value)
            })
            .map(|it| Listener::clone(it))
            .collect();
        rows.sort_by_key(|it| folded(it.settings.name.as_str()));
        rows.truncate(query.page.limit as usize + 1);
        Ok(Page::from_rows(rows, query.page.limit, position))
    }

    async fn all(&mut self) -> Result<Vec<Listener>, StoreError> {
        let all = self.0.borrow().listeners.values();
        Ok(all.map(|it| Listener::clone(it)).collect())
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> ListenerWriter for Repository<S> {
    async fn insert(&mut self, listener: &Listener) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        check(state, listener)?;
        state::insert(&mut state.listeners, listener.id, listener.clone())
    }

    async fn update(&mut self, listener: &Listener, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = state.listeners.get(&listener.id);
        if before.is_none_or(|before| before.revision != expected) {
            return Err(StoreError::Stale);
        }
        check(state, listener)?;
        state
            .listeners
            .insert(listener.id, Arc::new(listener.clone()));
        Ok(())
    }

    async fn delete(&mut self, id: ListenerId, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let before = state.listeners.get(&id);
        if before.is_none_or(|before| before.revision != expected) {
            return Err(StoreError::Stale);
        }
        state.listeners.remove(&id);
        state.listener_states.remove(&id);
        state.mail_seen.retain(|(listener, _), _| *listener != id);
        state
            .mail_passed_over
            .retain(|(listener, _)| *listener != id);
        state.mail_pending.retain(|(listener, _)| *listener != id);
        state.mail_deliveries.retain(|it| it.listener != id);
        state
            .mail_actions
            .retain(|(listener, _), _| *listener != id);
        state
            .mail_letters
            .retain(|(listener, _), _| *listener != id);
        state.mail_hours.retain(|(listener, _), _| *listener != id);
        Ok(())
    }
}

fn position(listener: &Listener) -> Position {
    Position {
        value: SortValue::Text(folded(listener.settings.name.as_str())),
        id: listener.id.to_string(),
    }
}

fn check(state: &State, wanted: &Listener) -> Result<(), StoreError> {
    let name = |it: &Listener| folded(it.settings.name.as_str());
    for other in state.listeners.values().filter(|it| it.id != wanted.id) {
        if name(other) == name(wanted) {
            return Err(StoreError::Taken(Taken::Name));
        }
        if other.slug == wanted.slug {
            return Err(StoreError::Taken(Taken::Slug));
        }
    }
    Ok(())
}

#[async_trait]
impl<S: Borrow<State> + Send> MailReader for Repository<S> {
    async fn state(&mut self, listener: ListenerId) -> Result<Option<ListenerState>, StoreError> {
        Ok(self.0.borrow().listener_states.get(&listener).cloned())
    }

    async fn states(&mut self) -> Result<Vec<(ListenerId, ListenerState)>, StoreError> {
        let states = self.0.borrow().listener_states.iter();
        Ok(states.map(|(id, state)| (*id, state.clone())).collect())
    }

    async fn seen(
        &mut self,
        listener: ListenerId,
        marks: &[SeenMark],
    ) -> Result<BTreeSet<SeenMark>, StoreError> {
        let seen = &self.0.borrow().mail_seen;
        let known = marks
            .iter()
            .filter(|mark| seen.contains_key(&(listener, **mark)));
        Ok(known.copied().collect())
    }

    async fn due_actions(
        &mut self,
        listener: ListenerId,
        by: Timestamp,
        most: u32,
    ) -> Result<Vec<MailAction>, StoreError> {
        let actions = self.0.borrow().mail_actions.values();
        let mut due: Vec<MailAction> = actions
            .filter(|it| it.listener == listener && it.due_at <= by)
            .cloned()
            .collect();
        due.sort_by_key(|it| it.due_at);
        due.truncate(most as usize);
        Ok(due)
    }

    async fn pending(
        &mut self,
        listener: ListenerId,
        newest_first: bool,
        most: u32,
    ) -> Result<Vec<PendingMail>, StoreError> {
        let all = self.0.borrow().mail_pending.iter();
        let mut mails: Vec<PendingMail> = all
            .filter(|(id, _)| *id == listener)
            .map(|(_, mail)| mail.clone())
            .collect();
        if newest_first {
            mails.sort_by_key(|it| std::cmp::Reverse(it.received_at));
        } else {
            mails.reverse();
            mails.sort_by_key(|it| it.received_at);
        }
        mails.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(mails)
    }

    async fn pending_of(
        &mut self,
        listener: ListenerId,
        items: &[String],
    ) -> Result<BTreeSet<String>, StoreError> {
        let pending = &self.0.borrow().mail_pending;
        let all = pending.iter().filter(|(id, _)| *id == listener);
        let all = all.map(|(_, it)| it.item.clone());
        Ok(all.filter(|item| items.contains(item)).collect())
    }

    async fn waiting(&mut self, listener: ListenerId) -> Result<Waiting, StoreError> {
        let state = self.0.borrow();
        let actions = state
            .mail_actions
            .values()
            .filter(|it| it.listener == listener);
        let letters: Vec<_> = state
            .mail_letters
            .values()
            .filter(|it| it.listener == listener)
            .collect();
        let due = letters.iter().filter_map(|it| it.due_at);
        let waits = letters.iter().filter(|it| it.due_at.is_some() && !it.again);
        let pending = state.mail_pending.iter();
        let pending = pending.filter(|(of, _)| *of == listener);
        let received = waits
            .map(|it| it.received_at)
            .chain(pending.map(|(_, it)| it.received_at));
        let began = state.listener_states.get(&listener);
        let began = began.and_then(|it| it.began_at);
        let is_new = |at: &Timestamp| began.is_some_and(|began| *at >= began);
        Ok(Waiting {
            next_at: actions.clone().map(|it| it.due_at).chain(due.clone()).min(),
            action_fault: actions
                .clone()
                .filter(|it| it.fault.is_some())
                .max_by_key(|it| (it.attempts, std::cmp::Reverse(it.key.clone())))
                .and_then(|it| it.fault.clone()),
            actions: actions.count() as u64,
            retrying: due.count() as u64,
            oldest_at: received.flatten().filter(is_new).min(),
            given_up: letters.iter().filter(|it| it.due_at.is_none()).count() as u64,
        })
    }

    async fn troubled(&mut self, most: u32) -> Result<Vec<ListenerId>, StoreError> {
        let state = self.0.borrow();
        let failing = state
            .listener_states
            .iter()
            .filter(|(_, it)| it.failing.is_some())
            .map(|(id, _)| *id);
        let given_up = state
            .mail_letters
            .values()
            .filter(|it| it.due_at.is_none())
            .map(|it| it.listener);
        let mut ids: Vec<ListenerId> = failing.chain(given_up).collect();
        ids.sort_by_key(ToString::to_string);
        ids.dedup();
        ids.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(ids)
    }

    async fn deliveries(
        &mut self,
        listener: ListenerId,
        page: &PageRequest,
    ) -> Result<Page<MailDelivery>, StoreError> {
        let after = page.after.as_ref().and_then(|after| after.id.parse().ok());
        let all = self.0.borrow().mail_deliveries.iter().enumerate().rev();
        let rows = all
            .filter(|(_, it)| it.listener == listener)
            .map(|(at, it)| (at + 1, it.clone()))
            .filter(|(seq, _)| after.is_none_or(|after: usize| *seq < after))
            .take(page.limit as usize + 1)
            .collect();
        let page = Page::from_rows(rows, page.limit, |(seq, it)| Position {
            value: SortValue::Micros(it.at.as_micros()),
            id: seq.to_string(),
        });
        Ok(Page {
            items: page.items.into_iter().map(|(_, it)| it).collect(),
            next: page.next,
        })
    }

    async fn delivery(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<Option<MailDelivery>, StoreError> {
        let mut all = self.0.borrow().mail_deliveries.iter().rev();
        Ok(all
            .find(|it| it.listener == listener && it.key == *key)
            .cloned())
    }

    async fn letters(
        &mut self,
        listener: ListenerId,
        filter: LetterFilter,
        most: u32,
    ) -> Result<Vec<MailLetter>, StoreError> {
        let all = self.0.borrow().mail_letters.values();
        let mut letters: Vec<MailLetter> = all
            .filter(|it| it.listener == listener)
            .filter(|it| match filter {
                LetterFilter::DueBy(by) => it.due_at.is_some_and(|due| due <= by),
                LetterFilter::GivenUp => it.due_at.is_none(),
                LetterFilter::All => true,
            })
            .cloned()
            .collect();
        match filter {
            LetterFilter::DueBy(_) => letters.sort_by_key(|it| it.due_at),
            _ => letters.sort_by_key(|it| std::cmp::Reverse(it.first_at)),
        }
        letters.truncate(most as usize);
        Ok(letters)
    }

    async fn letter(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<Option<MailLetter>, StoreError> {
        let letters = &self.0.borrow().mail_letters;
        Ok(letters.get(&(listener, key.clone())).cloned())
    }

    async fn hours(
        &mut self,
        listener: ListenerId,
        from: Timestamp,
    ) -> Result<Vec<MailHour>, StoreError> {
        let hours = self.0.borrow().mail_hours.iter();
        Ok(hours
            .filter(|((id, hour), _)| *id == listener && *hour >= from)
            .map(|(_, hour)| hour.clone())
            .collect())
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> MailWriter for Repository<S> {
    async fn put_state(
        &mut self,
        listener: ListenerId,
        state: &ListenerState,
    ) -> Result<(), StoreError> {
        let all = self.0.borrow_mut();
        there(all, listener)?;
        all.listener_states.insert(listener, state.clone());
        Ok(())
    }

    async fn forget_passed_over(&mut self, listener: ListenerId) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        state.mail_pending.retain(|(id, _)| *id != listener);
        let passed_over = &mut state.mail_passed_over;
        passed_over.retain(|place| {
            if place.0 == listener {
                state.mail_seen.remove(place);
            }
            place.0 != listener
        });
        Ok(())
    }

    async fn see(
        &mut self,
        listener: ListenerId,
        marks: &[SeenMark],
        at: Timestamp,
        passed_over: bool,
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        there(state, listener)?;
        for mark in marks {
            let place = (listener, *mark);
            let is_new = !state.mail_seen.contains_key(&place);
            let seen = state.mail_seen.entry(place).or_insert(at);
            *seen = at.max(*seen);
            if !passed_over {
                state.mail_passed_over.remove(&place);
            } else if is_new {
                state.mail_passed_over.insert(place);
            }
        }
        Ok(())
    }

    async fn add_pending(
        &mut self,
        listener: ListenerId,
        mails: &[PendingMail],
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        there(state, listener)?;
        for mail in mails {
            let is_it =
                |(id, it): &(ListenerId, PendingMail)| *id == listener && it.item == mail.item;
            if !state.mail_pending.iter().any(is_it) {
                state.mail_pending.push((listener, mail.clone()));
            }
        }
        Ok(())
    }

    async fn remove_pending(
        &mut self,
        listener: ListenerId,
        items: &[String],
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        state
            .mail_pending
            .retain(|(id, it)| *id != listener || !items.contains(&it.item));
        Ok(())
    }

    async fn add_deliveries(&mut self, deliveries: &[MailDelivery]) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        for delivery in deliveries {
            there(state, delivery.listener)?;
        }
        state.mail_deliveries.extend_from_slice(deliveries);
        Ok(())
    }

    async fn moved(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
        item: &str,
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        for delivery in &mut state.mail_deliveries {
            if delivery.listener == listener && delivery.key == *key {
                item.clone_into(&mut delivery.item);
            }
        }
        for letter in state.mail_letters.values_mut() {
            if letter.listener == listener && letter.key == *key {
                item.clone_into(&mut letter.item);
            }
        }
        Ok(())
    }

    async fn add_to_hour(
        &mut self,
        listener: ListenerId,
        hour: &MailHour,
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        there(state, listener)?;
        let sum = state
            .mail_hours
            .entry((listener, hour.hour))
            .or_insert_with(|| MailHour {
                delivered: 0,
                failed: 0,
                ..hour.clone()
            });
        sum.delivered += hour.delivered;
        sum.failed += hour.failed;
        sum.most_lag = sum.most_lag.max(hour.most_lag);
        Ok(())
    }

    async fn put_actions(&mut self, actions: &[MailAction]) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        for action in actions {
            there(state, action.listener)?;
            let place = (action.listener, action.key.clone());
            state.mail_actions.insert(place, action.clone());
        }
        Ok(())
    }

    async fn remove_actions(
        &mut self,
        listener: ListenerId,
        keys: &[MailKey],
    ) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        for key in keys {
            state.mail_actions.remove(&(listener, key.clone()));
        }
        Ok(())
    }

    async fn put_letter(&mut self, letter: &MailLetter) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        there(state, letter.listener)?;
        let place = (letter.listener, letter.key.clone());
        state.mail_letters.insert(place, letter.clone());
        Ok(())
    }

    async fn remove_letter(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<bool, StoreError> {
        let letters = &mut self.0.borrow_mut().mail_letters;
        Ok(letters.remove(&(listener, key.clone())).is_some())
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        let state = self.0.borrow_mut();
        let count = |state: &State| {
            state.mail_seen.len() + state.mail_deliveries.len() + state.mail_hours.len()
        };
        let (total, most) = (count(state), most as usize);
        let old: Vec<_> = state
            .mail_seen
            .iter()
            .filter(|(_, at)| **at < before)
            .map(|(it, _)| *it)
            .take(most)
            .collect();
        for place in old {
            state.mail_seen.remove(&place);
        }
        let mut left = most;
        state.mail_deliveries.retain(|it| {
            let goes = it.at < before && left > 0;
            left -= usize::from(goes);
            !goes
        });
        let hour = 3_600_000_000;
        state
            .mail_hours
            .retain(|(_, at), _| at.as_micros() >= before.as_micros() - hour);
        Ok((total - count(state)) as u64)
    }
}

/// Nothing is remembered of a listener that is gone.
fn there(state: &State, listener: ListenerId) -> Result<(), StoreError> {
    if state.listeners.contains_key(&listener) {
        return Ok(());
    }
    Err(StoreError::Database("the listener is gone".to_owned()))
}
