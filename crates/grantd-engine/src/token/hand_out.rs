//! Hands a token out: the one at hand, or the one that a request brings.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use grantd_model::{
    AccessToken, Action, Actor, Credential, EventCause, Invalid, Moment, ScopeSet, ScopeSetting,
    Timestamp, UsageResult,
};
use grantd_oauth::TokenWarning;

use super::flight::{is_outdated, outcome};
use super::held::HeldToken;
use super::scoped::{Answer, MOST_PARTS, answer};
use super::slot::Joined;
use crate::credentials::find::missing;
use crate::directory::Known;
use crate::{CredentialRef, Engine, EngineError, access};

/// How often a caller begins anew because the credential was changed while it waited.
pub(super) const MOST_TRIES: u32 = 3;

/// What a caller wants of a token.
#[derive(Debug, Clone, Default)]
pub struct TokenWish {
    /// These of the credential's scopes; all of them if absent.
    pub scope: Option<ScopeSet>,
    /// At least so much to be left, within what the server gives; 30 s if less.
    pub left: Duration,
}

/// A token as it is handed out.
#[derive(Debug, Clone)]
pub struct HandedOut {
    /// The token with all that is known of it.
    pub token: Arc<HeldToken>,
    /// The credential that it is of.
    pub credential: Arc<Credential>,
    /// How long it still lives.
    pub left: Duration,
    /// When it ends, by the wall clock of now.
    pub expires_at: Timestamp,
}

/// What came of asking for a token.
pub(super) struct Held {
    pub(super) result: Result<Arc<HeldToken>, EngineError>,
    /// Whether time has passed meanwhile.
    pub(super) waited: bool,
}

impl Held {
    const fn at_once(result: Result<Arc<HeldToken>, EngineError>) -> Self {
        Self {
            result,
            waited: false,
        }
    }
}

impl HandedOut {
    pub(super) fn new(token: Arc<HeldToken>, known: &Known, now: Moment) -> Self {
        let left = token.left(now);
        Self {
            credential: Arc::clone(&known.credential),
            left,
            expires_at: now.wall.plus(left),
            token,
        }
    }

    /// What `make` makes of it, made once for each second that the token has left.
    #[must_use]
    pub fn shown(&self, make: impl FnOnce(&Self) -> Vec<u8>) -> Bytes {
        let ends = self.expires_at.as_seconds();
        let state = (self.left.as_secs(), ends, self.credential.revision);
        self.token.shown.or_make(state, || make(self))
    }

    /// The token, its type and its scopes.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.token.access_token
    }

    /// What was unusual about the answer it came with.
    #[must_use]
    pub fn warnings(&self) -> &[TokenWarning] {
        &self.token.warnings
    }
}

impl Engine {
    /// A token of the credential: the one at hand, if enough of it is left, else a new one. Of many
    /// who ask at once, one request serves all.
    ///
    /// # Errors
    /// Without a grant to get tokens of it with these scopes; when it is disabled; when there is no
    /// token and none can be had: then with the cause and when it is tried again.
    pub async fn token(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        wish: &TokenWish,
    ) -> Result<HandedOut, EngineError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let known = self.known(wanted).await?;
            may_have(actor, wanted, &known, wish.scope.as_ref())?;
            let result = self.token_of(actor, wanted, &known, wish).await;
            match result {
                // what the credential is now decides
                Err(error) if is_outdated(&error) && tries < MOST_TRIES => {}
                result => {
                    let ended = if result.is_ok() {
                        UsageResult::HandedOut
                    } else {
                        UsageResult::Failed
                    };
                    self.usage().count(actor, known.credential.id, ended);
                    self.parts().metrics.handed_out(ended);
                    return result;
                }
            }
        }
    }

    async fn token_of(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        known: &Known,
        wish: &TokenWish,
    ) -> Result<HandedOut, EngineError> {
        let part = part(&known.credential, wish.scope.as_ref());
        let held = self.held(known, part, wish.left, actor).await;
        if !held.waited {
            return held
                .result
                .map(|token| HandedOut::new(token, known, self.moment()));
        }
        self.still_known(actor).await?;
        let token = held.result?;
        let known = self.still_of(wanted, known).await?;
        may_have(actor, wanted, &known, wish.scope.as_ref())?;
        Ok(HandedOut::new(token, &known, self.moment()))
    }

    /// A token of the credential with a part of its scopes, or all; whoever gets it is checked by the caller,
    /// again if time has passed.
    pub(super) async fn held(
        &self,
        known: &Known,
        part: Option<&ScopeSet>,
        left: Duration,
        actor: &Actor,
    ) -> Held {
        let now = self.moment();
        let Some(slot) = known.tokens.slot(part, now) else {
            return Held::at_once(Err(EngineError::TooMany(format!(
                "tokens for at most {MOST_PARTS} different parts of a credential's scopes are kept \
                 at once"
            ))));
        };
        slot.touch(now);
        match slot.answer(left, now) {
            Answer::Token(token) => return Held::at_once(Ok(token)),
            Answer::Failure(failure) => return Held::at_once(Err(failure.told(now))),
            Answer::Renew(token) => {
                let enough = |state: &_| match answer(state, left, now) {
                    Some(Answer::Renew(_)) | None => None,
                    Some(_) => Some(()),
                };
                let system = (EventCause::Renewal, &Actor::System);
                let _ = self.board(known, &slot, system, enough);
                return Held::at_once(Ok(token));
            }
            Answer::Ask => {}
        }
        let enough = |state: &_| answer(state, left, now);
        let landed = match self.board(known, &slot, (EventCause::Demand, actor), enough) {
            Joined::Enough(Answer::Token(token) | Answer::Renew(token)) => {
                return Held::at_once(Ok(token));
            }
            Joined::Enough(Answer::Failure(failure)) => {
                return Held::at_once(Err(failure.told(now)));
            }
            Joined::Enough(Answer::Ask) => None,
            Joined::Follow(waiter) => waiter.landed().await,
        };
        let now = self.moment();
        slot.touch(now);
        Held {
            result: outcome(landed, &slot.core.state(), now),
            waited: true,
        }
    }

    /// The credential as it is now, if tokens that were asked for then are still good.
    pub(super) async fn still_of(
        &self,
        wanted: &CredentialRef,
        then: &Known,
    ) -> Result<Arc<Known>, EngineError> {
        let known = self.known(wanted).await?;
        if Arc::ptr_eq(&known.tokens, &then.tokens) {
            Ok(known)
        } else {
            Err(EngineError::ChangedMeanwhile)
        }
    }

    /// Refuses one whose key was revoked or ended while it waited.
    pub(super) async fn still_known(&self, actor: &Actor) -> Result<(), EngineError> {
        if let Actor::Key { id, .. } = actor {
            self.known_key(*id).await?.actor(self.now())?;
        }
        Ok(())
    }
}

/// Checks that the actor may have tokens of the credential with these scopes, and that there are
/// any to be had.
fn may_have(
    actor: &Actor,
    wanted: &CredentialRef,
    known: &Known,
    scope: Option<&ScopeSet>,
) -> Result<(), EngineError> {
    let credential = &known.credential;
    access::on_credential(actor, Action::Token, credential).map_err(|error| match error {
        EngineError::NotFound { .. } => missing(wanted),
        other => other,
    })?;
    if let Some(scope) = scope {
        let contained = match &credential.settings.scope {
            ScopeSetting::Set(all) => all.contains_all(scope),
            ScopeSetting::NotTaken => false,
        };
        if !contained {
            let detail = "scopes of the credential are expected, or none for all of them";
            let fault = Invalid::new("not_of_the_credential", detail);
            return Err(EngineError::field(fault.at("/scope")));
        }
    }
    access::scopes(actor, credential, scope)?;
    if credential.enabled {
        Ok(())
    } else {
        Err(EngineError::Disabled)
    }
}

/// The scopes that are asked for, unless they are all of the credential's.
fn part<'a>(credential: &Credential, scope: Option<&'a ScopeSet>) -> Option<&'a ScopeSet> {
    scope.filter(|scope| credential.settings.scope.scopes() != Some(scope))
}
