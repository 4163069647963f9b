//! Finds out who shows an API key.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use grantd_model::{Actor, ApiKeySecret};

use super::create::digest_of;
use crate::directory::NOT_VALID;
use crate::{Engine, EngineError};

impl Engine {
    /// The actor that this API key stands for.
    ///
    /// # Errors
    /// When it is no key, none of ours, over or revoked; the same words for an unknown key and a
    /// wrong secret.
    pub async fn authenticate_key(&self, text: &str) -> Result<Arc<Actor>, EngineError> {
        match ApiKeySecret::parse(text) {
            Ok(shown) => self.authenticate(&shown).await,
            Err(_) => Err(NOT_VALID),
        }
    }

    /// The actor that an API key in its two halves stands for.
    ///
    /// # Errors
    /// As [`Engine::authenticate_key`].
    pub async fn authenticate(&self, shown: &ApiKeySecret) -> Result<Arc<Actor>, EngineError> {
        let known = self.known_key(shown.id).await?;
        if verify_slices_are_equal(&digest_of(shown), &known.digest).is_err() {
            return Err(NOT_VALID);
        }
        known.actor(self.now()).cloned()
    }
}
