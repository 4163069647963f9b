//! A token that a resource has refused although it should still be good.
//!
//! Invariant: it is dropped only if it is still the one at hand and at least five seconds old, and at
//! most once a minute, so that a resource that refuses everything makes no storm of token requests.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{Action, Actor};

use super::held::HeldToken;
use super::scoped::SlotState;
use crate::credentials::update::hide;
use crate::{CredentialRef, Engine, EngineError, access};

/// How old a token is at least for a new one to be worth a try.
const LEAST_AGE: Duration = Duration::from_secs(5);

/// How long after one was dropped none is dropped.
const AGAIN: Duration = Duration::from_mins(1);

impl Engine {
    /// Drops a token that a resource has refused; tells whether another one than the refused may be
    /// had now.
    ///
    /// # Errors
    /// Without a grant to get tokens of the credential.
    pub async fn reject_token(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        refused: &Arc<HeldToken>,
    ) -> Result<bool, EngineError> {
        let known = self.known(wanted).await?;
        access::on_credential(actor, Action::Token, &known.credential)
            .map_err(|error| hide(error, wanted))?;
        let now = self.moment();
        let mut another = true;
        for slot in known.tokens.slots() {
            slot.core.change(|state| {
                let token = state.token.as_ref();
                if !token.is_some_and(|token| Arc::ptr_eq(token, refused)) {
                    return state.clone();
                }
                let age = now.boot.saturating_sub(refused.requested.boot);
                if age < LEAST_AGE || !slot.may_reject(AGAIN, now) {
                    another = false;
                    return state.clone();
                }
                SlotState {
                    token: None,
                    failure: state.failure.clone(),
                }
            });
        }
        Ok(another)
    }
}
