//! A token that a resource has refused although it should still be good.
//!
//! Invariant: it is dropped only if it is still the one at hand and at least five seconds old, and at
//! most once a minute, so that a resource that refuses everything makes no storm of token requests.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{Action, Actor, Moment};

use super::held::HeldToken;
use super::scoped::SlotState;
use crate::credentials::update::hide;
use crate::directory::Known;
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
        Ok(drop_refused(
            &known,
            refused,
            &Refusal::Rejected,
            self.moment(),
        ))
    }
}

/// What a resource says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is of no use.
    Rejected,
    /// One with these claims is wanted; JSON.
    Claims(String),
}

/// Drops the token if it is still the one at hand and may be dropped; tells whether another one than it may be
/// had now.
pub(super) fn drop_refused(
    known: &Known,
    refused: &Arc<HeldToken>,
    refusal: &Refusal,
    now: Moment,
) -> bool {
    let mut another = true;
    for slot in known.tokens.slots() {
        slot.core.change(|state| {
            let token = state.token.as_ref();
            if !token.is_some_and(|token| Arc::ptr_eq(token, refused)) {
                return state.clone();
            }
            let age = now.boot.saturating_sub(refused.requested.boot);
            // a challenge tells apart what was missing, however young the token is
            // while no other one can be had, this one may still be good elsewhere
            let is_cooling = state.failure.as_ref().is_some_and(|it| it.is_cooling(now));
            let is_young = *refusal == Refusal::Rejected && age < LEAST_AGE;
            if is_cooling || is_young || !slot.may_reject(AGAIN, now) {
                another = false;
                return state.clone();
            }
            if let Refusal::Claims(claims) = refusal {
                slot.ask_claims(claims);
            }
            SlotState {
                token: None,
                failure: state.failure.clone(),
            }
        });
    }
    another
}
