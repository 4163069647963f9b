//! Signing in by password, and the second factor after it.

use grantd_model::{Actor, AuditAction, ObjectId, Secret, SessionId, SessionStage};

use super::sessions::{NewSession, Visitor, from};
use crate::directory::Effect;
use crate::{Engine, EngineError};

impl Engine {
    /// Begins a session for the user with this password; where a second factor is set up, the
    /// session is good for nothing but [`Engine::sign_in_second_factor`].
    ///
    /// # Errors
    /// When name and password do not match, in the same words whatever is wrong; after too many
    /// tries.
    pub async fn sign_in(
        &self,
        name: &str,
        password: Secret<String>,
        visitor: &Visitor,
    ) -> Result<NewSession, EngineError> {
        let left = self.tries().begin(name, &visitor.address, self.moment())?;
        let mut unit = self.parts().store.read().await?;
        let user = unit.users().by_name(name).await?;
        drop(unit);
        let kept = user
            .as_ref()
            .filter(|user| user.enabled)
            .and_then(|user| user.password.clone());
        let matches = self.password_matches(password, kept.clone()).await?;
        // read again: it may have been changed while its hash was compared
        let mut unit = self.parts().store.write().await?;
        let now = unit.users().by_name(name).await?;
        let user = now.filter(|now| matches && now.enabled && now.password == kept);
        let Some(user) = user else {
            drop(unit);
            self.record_refusal(name, visitor).await?;
            return Err(EngineError::WrongPassword { left });
        };
        let stage = if user.has_second_factor() {
            SessionStage::SecondFactor
        } else {
            SessionStage::SignedIn
        };
        let session = self
            .begin_session(unit.as_mut(), &user, stage, visitor)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        match stage {
            SessionStage::SignedIn => self.tries().succeeded(name, &visitor.address),
            SessionStage::SecondFactor => self.tries().take_back(name, &visitor.address),
        }
        Ok(session)
    }

    /// Goes on with a code of the device, or with a recovery code, which counts once. The session
    /// that waited for it ends, another one begins.
    ///
    /// # Errors
    /// When the session does not wait for a code, the code is not right, or after too many tries.
    pub async fn sign_in_second_factor(
        &self,
        session: &str,
        typed: &str,
        visitor: &Visitor,
    ) -> Result<NewSession, EngineError> {
        let person = self.authenticate_session(session).await?;
        if person.session.stage != SessionStage::SecondFactor {
            return Err(EngineError::Unauthenticated("no code is awaited"));
        }
        let name = person.user.name.as_str();
        let left = self.tries().begin(name, &visitor.address, self.moment())?;
        let mut unit = self.parts().store.write().await?;
        let user = unit.users().by_id(person.user.id).await?;
        let Some(user) = user.filter(|user| user.enabled) else {
            return Err(EngineError::Unauthenticated("the user may not sign in"));
        };
        let Some(after) = self.with_code_taken(&user, typed)? else {
            drop(unit);
            self.record_refusal(name, visitor).await?;
            return Err(EngineError::WrongCode { left });
        };
        unit.users().update(&after).await?;
        unit.sessions()
            .delete(person.user.id, person.session.id)
            .await?;
        let session = self
            .begin_session(unit.as_mut(), &after, SessionStage::SignedIn, visitor)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        self.tries().succeeded(name, &visitor.address);
        Ok(session)
    }

    /// Writes down that somebody was not let in. What was typed as the name is kept only where it
    /// is one: people type passwords into the wrong field.
    pub(super) async fn record_refusal(
        &self,
        name: &str,
        visitor: &Visitor,
    ) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let known = unit.users().by_name(name).await?;
        let object = match &known {
            Some(user) => (ObjectId::from(user.id), user.name.as_str()),
            None => (
                ObjectId::from(SessionId::new(self.now(), self.random())),
                "unknown user",
            ),
        };
        let (now, action) = (self.now(), AuditAction::SessionRefuse);
        let detail = from(visitor);
        self.record(unit.as_mut(), now, &Actor::System, action, object, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await
    }
}
