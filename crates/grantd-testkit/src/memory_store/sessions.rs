//! Sessions, and the links that let somebody in once.

use std::borrow::{Borrow, BorrowMut};

use async_trait::async_trait;
use grantd_model::{Session, SessionId, SessionStage, SignInLink, Timestamp, UserId};
use grantd_store::{LinkReader, LinkWriter, SessionReader, SessionWriter, StoreError};

use super::state::{Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> SessionReader for Repository<S> {
    async fn by_digest(&mut self, digest: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        let mut all = self.0.borrow().sessions.iter();
        Ok(all.find(|session| session.digest == *digest).cloned())
    }

    async fn of_user(&mut self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let all = self.0.borrow().sessions.iter();
        let mut found: Vec<Session> = all
            .filter(|it| it.user == user && it.stage == SessionStage::SignedIn)
            .cloned()
            .collect();
        found.sort_by_key(|session| (session.seen_at, session.id));
        found.reverse();
        found.truncate(200);
        Ok(found)
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> SessionWriter for Repository<S> {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        let mut all = state.sessions.iter();
        let is_there = all.any(|it| it.id == session.id || it.digest == session.digest);
        if is_there || !state.users.contains_key(&session.user) {
            return Err(StoreError::Database("a constraint failed".to_owned()));
        }
        state.sessions.push(session.clone());
        Ok(())
    }

    async fn seen(&mut self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        for session in &mut self.0.borrow_mut().sessions {
            if session.id == id {
                session.seen_at = session.seen_at.max(at);
            }
        }
        Ok(())
    }

    async fn delete(&mut self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        let sessions = &mut self.0.borrow_mut().sessions;
        Ok(retain(sessions, |it| it.id != id || it.user != user) > 0)
    }

    async fn trim_waiting(&mut self, user: UserId, most: u32) -> Result<u64, StoreError> {
        let sessions = &mut self.0.borrow_mut().sessions;
        let waits = |it: &Session| it.user == user && it.stage == SessionStage::SecondFactor;
        let mut waiting: Vec<(Timestamp, SessionId)> = sessions
            .iter()
            .filter(|it| waits(it))
            .map(|it| (it.created_at, it.id))
            .collect();
        waiting.sort_unstable();
        waiting.reverse();
        let kept = waiting.get(..most as usize).unwrap_or(&waiting);
        Ok(retain(sessions, |it| {
            !waits(it) || kept.iter().any(|(_, id)| *id == it.id)
        }))
    }

    async fn delete_of(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
    ) -> Result<u64, StoreError> {
        let sessions = &mut self.0.borrow_mut().sessions;
        Ok(retain(sessions, |it| {
            it.user != user || Some(it.id) == except
        }))
    }

    async fn prune(&mut self, now: Timestamp, seen: Timestamp) -> Result<u64, StoreError> {
        let sessions = &mut self.0.borrow_mut().sessions;
        Ok(retain(sessions, |it| it.ends_at > now && it.seen_at > seen))
    }
}

#[async_trait]
impl<S: Borrow<State> + Send> LinkReader for Repository<S> {
    async fn by_digest(&mut self, digest: &[u8; 32]) -> Result<Option<SignInLink>, StoreError> {
        let mut all = self.0.borrow().links.iter();
        Ok(all.find(|link| link.digest == *digest).cloned())
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> LinkWriter for Repository<S> {
    async fn insert(&mut self, link: &SignInLink) -> Result<(), StoreError> {
        let links = &mut self.0.borrow_mut().links;
        if links.iter().any(|other| other.digest == link.digest) {
            return Err(StoreError::Database(
                "the digest is there already".to_owned(),
            ));
        }
        links.push(link.clone());
        Ok(())
    }

    async fn delete(&mut self, digest: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(retain(&mut self.0.borrow_mut().links, |it| it.digest != *digest) > 0)
    }

    async fn delete_of(&mut self, user: Option<UserId>) -> Result<u64, StoreError> {
        Ok(retain(&mut self.0.borrow_mut().links, |it| it.user != user))
    }

    async fn prune(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(retain(&mut self.0.borrow_mut().links, |it| {
            it.expires_at > now
        }))
    }
}

/// Keeps some; tells how many went.
fn retain<T>(rows: &mut Vec<T>, keeps: impl Fn(&T) -> bool) -> u64 {
    let before = rows.len();
    rows.retain(keeps);
    (before - rows.len()) as u64
}
