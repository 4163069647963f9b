//! Finds out who shows an API key.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use grantd_model::{Actor, ApiKeySecret};

use super::create::digest_of;
use crate::{Engine, EngineError};

impl Engine {
    /// The actor that this API key stands for.
    ///
    /// # Errors
    /// When it is no key, none of ours, over or revoked; the same words for an unknown key and a
    /// wrong secret.
    pub async fn authenticate_key(&self, text: &str) -> Result<Actor, EngineError> {
        let refused = EngineError::Unauthenticated("the API key is not valid");
        let Ok(shown) = ApiKeySecret::parse(text) else {
            return Err(refused);
        };
        let mut unit = self.parts().store.read().await?;
        let Some(key) = unit.keys().by_id(shown.id).await? else {
            return Err(refused);
        };
        if verify_slices_are_equal(&digest_of(&shown), &key.secret_digest).is_err() {
            return Err(refused);
        }
        if key.revoked_at.is_some() {
            return Err(EngineError::Unauthenticated("the API key has been revoked"));
        }
        if key.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(EngineError::Unauthenticated("the API key has expired"));
        }
        Ok(Actor::Key {
            id: key.id,
            name: key.name.into(),
            grants: key.grants,
            expires_at: key.expires_at,
        })
    }
}
