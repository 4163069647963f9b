//! What is at hand, for people who look at lists and pages; never a token.

use std::time::Duration;

use grantd_model::{Action, Actor, Credential, Moment, Timestamp};

use super::held::HeldToken;
use crate::{CredentialRef, Engine, EngineError, access};

/// The token at hand of a credential, without the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenAtHand {
    /// How long it lives, from when it was asked for.
    pub lifetime: Duration,
    /// When it was asked for, by the wall clock.
    pub requested_at: Timestamp,
    /// How long it still lives.
    pub left: Duration,
    /// How much is left when it is renewed ahead.
    pub renewed_at_left: Duration,
}

impl TokenAtHand {
    fn of(token: &HeldToken, now: Moment) -> Option<Self> {
        let left = token.left(now);
        (!left.is_zero()).then_some(Self {
            lifetime: token.lifetime,
            requested_at: token.requested.wall,
            left,
            renewed_at_left: token.lifetime.saturating_sub(token.renew_after),
        })
    }
}

impl Engine {
    /// The tokens at hand for all scopes of these credentials, in their order; none where there is
    /// none that is still good. Nothing is asked for.
    ///
    /// # Errors
    /// When the actor may not read one of them.
    pub fn tokens_at_hand(
        &self,
        actor: &Actor,
        credentials: &[&Credential],
    ) -> Result<Vec<Option<TokenAtHand>>, EngineError> {
        let now = self.moment();
        let one = |credential: &&Credential| {
            access::on_credential(actor, Action::Read, credential)?;
            let known = self.directory().get(&CredentialRef::Id(credential.id));
            let state = known.map(|known| known.tokens.whole().core.state());
            let token = state.and_then(|state| state.token.clone());
            Ok(token.and_then(|token| TokenAtHand::of(&token, now)))
        };
        credentials.iter().map(one).collect()
    }
}
