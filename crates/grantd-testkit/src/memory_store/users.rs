//! People who sign in.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::{User, UserId};
use grantd_store::repository::folded;
use grantd_store::{
    Page, PageRequest, Position, SortValue, StoreError, Taken, UserReader, UserWriter,
};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> UserReader for Repository<S> {
    async fn by_id(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let user = self.0.borrow().users.get(&id);
        Ok(user.map(|user| User::clone(user)))
    }

    async fn by_name(&mut self, name: &str) -> Result<Option<User>, StoreError> {
        let mut all = self.0.borrow().users.values();
        let found = all.find(|user| folded(user.name.as_str()) == folded(name));
        Ok(found.map(|user| User::clone(user)))
    }

    async fn page(&mut self, page: &PageRequest) -> Result<Page<User>, StoreError> {
        let mut rows: Vec<User> = self
            .0
            .borrow()
            .users
            .values()
            .map(|user| User::clone(user))
            .filter(|user| match &page.after {
                None => true,
                Some(after) => position(user).value > after.value,
            })
            .collect();
        rows.sort_by_key(|user| folded(user.name.as_str()));
        rows.truncate(page.limit as usize + 1);
        Ok(Page::from_rows(rows, page.limit, position))
    }

    async fn count_working_admins(&mut self) -> Result<u64, StoreError> {
        let all = self.0.borrow().users.values();
        Ok(all.filter(|user| user.is_working_admin()).count() as u64)
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> UserWriter for Repository<S> {
    async fn insert(&mut self, user: &User) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        check_name(state, user)?;
        state::insert(&mut state.users, user.id, user.clone())?;
        note_version(state, user);
        Ok(())
    }

    async fn update(&mut self, user: &User) -> Result<bool, StoreError> {
        let state = self.0.borrow_mut();
        let Some(before) = state.users.get(&user.id) else {
            return Ok(false);
        };
        let created = before.created.clone();
        check_name(state, user)?;
        let after = User {
            created,
            ..user.clone()
        };
        state.users.insert(user.id, Arc::new(after));
        note_version(state, user);
        Ok(true)
    }

    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError> {
        let state = self.0.borrow_mut();
        state.sessions.retain(|session| session.user != id);
        state.links.retain(|link| link.user != Some(id));
        Ok(state.users.remove(&id).is_some())
    }

    async fn next_factor_version(&mut self, id: UserId) -> Result<u32, StoreError> {
        let last = self.0.borrow_mut().factor_versions.get(&id).copied();
        Ok(last.unwrap_or(0) + 1)
    }
}

fn position(user: &User) -> Position {
    Position {
        value: SortValue::Text(folded(user.name.as_str())),
        id: user.id.to_string(),
    }
}

fn check_name(state: &State, wanted: &User) -> Result<(), StoreError> {
    let name = |user: &User| folded(user.name.as_str());
    let mut others = state.users.values().filter(|user| user.id != wanted.id);
    if others.any(|other| name(other) == name(wanted)) {
        return Err(StoreError::Taken(Taken::UserName));
    }
    Ok(())
}

fn note_version(state: &mut State, user: &User) {
    let version = user.second_factor.as_ref().map_or(0, |it| it.version);
    let last = state.factor_versions.entry(user.id).or_default();
    *last = version.max(*last);
}
