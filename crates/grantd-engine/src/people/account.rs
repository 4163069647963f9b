//! One's own password.

use grantd_model::{Actor, AuditAction, ObjectId, Secret, SessionStage, User};

use super::password;
use super::sessions::{NewSession, Visitor};
use crate::directory::Effect;
use crate::{Engine, EngineError};

impl Engine {
    /// Changes one's own password, from the present one to a new one. All sessions end, and a new one
    /// begins.
    ///
    /// # Errors
    /// For anybody but a user; when the present password is not right or the new one will not do;
    /// after too many tries.
    pub async fn change_own_password(
        &self,
        actor: &Actor,
        (present, new): (Secret<String>, Secret<String>),
        visitor: &Visitor,
    ) -> Result<NewSession, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let user = self.own_user(unit.as_mut(), actor).await?;
        drop(unit);
        let name = user.name.as_str();
        password::check(&new, name).map_err(|fault| EngineError::field(fault.at("/password")))?;
        let left = self.tries().begin(name, &visitor.address, self.moment())?;
        let matches = self.password_matches(present, user.password.clone());
        if !matches.await? {
            self.record_refusal(name, visitor).await?;
            return Err(EngineError::WrongPassword { left });
        }
        self.tries().succeeded(name, &visitor.address);
        let hash = self.hash_password(new).await?;
        let mut unit = self.parts().store.write().await?;
        let now = self.own_user(unit.as_mut(), actor).await?;
        if now.password != user.password {
            return Err(EngineError::WrongPassword { left });
        }
        let after = User {
            password: Some(hash),
            ..now
        };
        unit.users().update(&after).await?;
        unit.sessions().delete_of(after.id, None).await?;
        unit.links().delete_of(Some(after.id)).await?;
        let object = (ObjectId::from(after.id), after.name.as_str());
        let action = AuditAction::PasswordSet;
        self.record(unit.as_mut(), self.now(), actor, action, object, Vec::new())
            .await?;
        let stage = SessionStage::SignedIn;
        let session = self
            .begin_session(unit.as_mut(), &after, stage, visitor)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(session)
    }
}
