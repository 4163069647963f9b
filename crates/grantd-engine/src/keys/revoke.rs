//! Revokes an API key.

use grantd_model::{Action, Actor, AuditAction, KeyId, ObjectId};

use crate::directory::Effect;
use crate::{Engine, EngineError, access};

impl Engine {
    /// Revokes an API key; its holder is refused from the next request on. One that is revoked
    /// already stays so.
    ///
    /// # Errors
    /// Without a grant to administer, or when there is none.
    pub async fn revoke_key(&self, actor: &Actor, id: KeyId) -> Result<(), EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let Some(key) = unit.keys().by_id(id).await? else {
            return Err(EngineError::NotFound {
                what: "API key",
                name: id.to_string(),
            });
        };
        if !unit.keys().revoke(id, now).await? {
            return Ok(());
        }
        let object = (ObjectId::from(id), key.name.as_str());
        self.record(
            unit.as_mut(),
            now,
            actor,
            AuditAction::KeyRevoke,
            object,
            Vec::new(),
        )
        .await?;
        self.commit(unit, Effect::Revoked(id)).await
    }
}
