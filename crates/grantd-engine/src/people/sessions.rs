//! Sessions: begun after signing in, found by what the browser shows, ended by people and by time.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{
    Actor, AuditAction, ObjectId, Secret, Session, SessionId, SessionStage, Timestamp, User, UserId,
};
use grantd_store::WriteUnit;

use super::code;
use crate::directory::Effect;
use crate::{Engine, EngineError};

/// How long the second factor may take.
const SECOND_FACTOR: Duration = Duration::from_mins(5);

/// The most sessions of one user that wait for the second factor; who knows the password alone begins
/// as many as he likes.
const MOST_WAITING: u32 = 20;

/// How often it is noted that a session is used.
const NOTE_EVERY: Duration = Duration::from_mins(1);

/// The longest text of a browser that is kept, in characters.
const MOST_TEXT: usize = 200;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: Duration,
    /// At all.
    pub absolute: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            idle: Duration::from_hours(1),
            absolute: Duration::from_hours(12),
        }
    }
}

/// Where somebody is who is not known yet.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The network address; may be empty.
    pub address: String,
    /// What the browser calls itself; may be empty.
    pub agent: String,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct NewSession {
    /// What the browser is to show; it can not be had again.
    pub text: Secret<String>,
    /// How far the signing in has come.
    pub stage: SessionStage,
    /// When it ends however much it is used.
    pub ends_at: Timestamp,
}

/// Who shows a session.
#[derive(Debug, Clone)]
pub struct Person {
    /// With what the role allows; without anything until the second factor was given.
    pub actor: Arc<Actor>,
    /// The user.
    pub user: User,
    /// The session.
    pub session: Session,
}

impl Engine {
    /// The person whose session this text is of.
    ///
    /// # Errors
    /// When there is no such session, it is over, or its user may not sign in any more.
    pub async fn authenticate_session(&self, text: &str) -> Result<Person, EngineError> {
        let person = self.look_up_session(text).await?;
        let now = self.now();
        if now.since(person.session.seen_at) >= NOTE_EVERY {
            self.note_seen(person.session.id, now).await;
        }
        Ok(person)
    }

    /// The same for what a page asks by itself: it does not keep the session from becoming idle.
    ///
    /// # Errors
    /// When there is no such session, it is over, or its user may not sign in any more.
    pub async fn look_up_session(&self, text: &str) -> Result<Person, EngineError> {
        let now = self.now();
        let mut unit = self.parts().store.read().await?;
        let found = unit.sessions().by_digest(&code::digest_of(text)).await?;
        let session = found.ok_or(NO_SESSION)?;
        if session.is_over(self.parts().sessions.idle, now) {
            return Err(EngineError::Unauthenticated("the session has ended"));
        }
        let user = unit.users().by_id(session.user).await?.ok_or(NO_SESSION)?;
        drop(unit);
        if !user.enabled {
            return Err(EngineError::Unauthenticated("the user may not sign in"));
        }
        let grants = match session.stage {
            SessionStage::SignedIn => user.role.grants(),
            SessionStage::SecondFactor => Vec::new(),
        };
        Ok(Person {
            actor: Arc::new(Actor::User {
                id: user.id,
                name: user.name.to_string(),
                grants,
            }),
            user,
            session,
        })
    }

    /// A page is shown all the same where that can not be noted; the session just ends earlier.
    async fn note_seen(&self, id: SessionId, now: Timestamp) {
        let noted = async {
            let mut unit = self.parts().store.write().await?;
            unit.sessions().seen(id, now).await?;
            unit.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }

    /// Begins a session within the unit; what is over goes.
    pub(super) async fn begin_session(
        &self,
        unit: &mut dyn WriteUnit,
        user: &User,
        stage: SessionStage,
        visitor: &Visitor,
    ) -> Result<NewSession, EngineError> {
        let now = self.now();
        let limits = self.parts().sessions;
        let lasts = match stage {
            SessionStage::SignedIn => limits.absolute,
            SessionStage::SecondFactor => SECOND_FACTOR,
        };
        let text = code::new("", self.random());
        let short = |text: &str| text.chars().take(MOST_TEXT).collect::<String>();
        let session = Session {
            id: SessionId::new(now, self.random()),
            digest: code::digest_of(text.expose()),
            user: user.id,
            stage,
            created_at: now,
            seen_at: now,
            ends_at: now.plus(lasts),
            address: short(&visitor.address),
            agent: short(&visitor.agent),
        };
        unit.sessions().prune(now, before(now, limits.idle)).await?;
        unit.links().prune(now).await?;
        unit.sessions().insert(&session).await?;
        if stage == SessionStage::SecondFactor {
            unit.sessions().trim_waiting(user.id, MOST_WAITING).await?;
        }
        if stage == SessionStage::SignedIn {
            let actor = actor_of(user);
            let detail = from(visitor);
            let object = (ObjectId::from(user.id), user.name.as_str());
            let action = AuditAction::SessionBegin;
            self.record(unit, now, &actor, action, object, detail)
                .await?;
            let user = User {
                signed_in_at: Some(now),
                ..user.clone()
            };
            unit.users().update(&user).await?;
        }
        Ok(NewSession {
            text,
            stage,
            ends_at: session.ends_at,
        })
    }

    /// Ends the session whose text this is; one that there is not is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_session(&self, text: &str) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let found = unit.sessions().by_digest(&code::digest_of(text)).await?;
        let Some(session) = found else { return Ok(()) };
        let user = unit.users().by_id(session.user).await?;
        unit.sessions().delete(session.user, session.id).await?;
        if let Some(user) = user.filter(|_| session.stage == SessionStage::SignedIn) {
            let actor = actor_of(&user);
            self.record_end(unit.as_mut(), &actor, &user, "one").await?;
        }
        self.commit(unit, Effect::Nothing).await
    }

    /// One's own sessions, the one that was used last first.
    ///
    /// # Errors
    /// For anybody but a user.
    pub async fn list_own_sessions(&self, actor: &Actor) -> Result<Vec<Session>, EngineError> {
        let user = own(actor)?;
        let (now, idle) = (self.now(), self.parts().sessions.idle);
        let mut unit = self.parts().store.read().await?;
        let mut sessions = unit.sessions().of_user(user).await?;
        sessions.retain(|it| !it.is_over(idle, now));
        Ok(sessions)
    }

    /// Ends one of one's own sessions; one that there is not is no error.
    ///
    /// # Errors
    /// For anybody but a user.
    pub async fn end_own_session(&self, actor: &Actor, id: SessionId) -> Result<(), EngineError> {
        let user = own(actor)?;
        let mut unit = self.parts().store.write().await?;
        if !unit.sessions().delete(user, id).await? {
            return Ok(());
        }
        let user = unit.users().by_id(user).await?;
        if let Some(user) = user {
            self.record_end(unit.as_mut(), actor, &user, "one").await?;
        }
        self.commit(unit, Effect::Nothing).await
    }

    /// Ends all of one's own sessions but one.
    ///
    /// # Errors
    /// For anybody but a user.
    pub async fn end_other_sessions(
        &self,
        actor: &Actor,
        kept: SessionId,
    ) -> Result<u64, EngineError> {
        let user = own(actor)?;
        let mut unit = self.parts().store.write().await?;
        let ended = unit.sessions().delete_of(user, Some(kept)).await?;
        let user = unit.users().by_id(user).await?;
        if let Some(user) = user.filter(|_| ended > 0) {
            self.record_end(unit.as_mut(), actor, &user, "all others")
                .await?;
        }
        self.commit(unit, Effect::Nothing).await?;
        Ok(ended)
    }

    async fn record_end(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        user: &User,
        which: &str,
    ) -> Result<(), EngineError> {
        let detail = vec![("sessions".to_owned(), which.to_owned())];
        let object = (ObjectId::from(user.id), user.name.as_str());
        let (now, action) = (self.now(), AuditAction::SessionEnd);
        Ok(self
            .record(unit, now, actor, action, object, detail)
            .await?)
    }
}

const NO_SESSION: EngineError = EngineError::Unauthenticated("there is no such session");

/// The user who acts for itself.
pub(super) fn own(actor: &Actor) -> Result<UserId, EngineError> {
    match actor {
        Actor::User { id, .. } => Ok(*id),
        _ => Err(EngineError::BeyondGrants(
            "only a user who is signed in has an account of its own".to_owned(),
        )),
    }
}

/// The user as one who acts.
pub(super) fn actor_of(user: &User) -> Actor {
    Actor::User {
        id: user.id,
        name: user.name.to_string(),
        grants: user.role.grants(),
    }
}

/// Where somebody was, for the audit log.
pub(super) fn from(visitor: &Visitor) -> Vec<(String, String)> {
    if visitor.address.is_empty() {
        return Vec::new();
    }
    vec![("from".to_owned(), visitor.address.clone())]
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(span))
}
