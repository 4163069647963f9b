//! A token for a request that goes through an HTTP consumer: whoever sends it needs a grant to use the consumer,
//! none to get tokens, and never sees the token.
//!
//! Invariant: a token goes to a host only while the credential is bound to it.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use grantd_model::consumer::Callers;
use grantd_model::{Action, Actor, ApiKeySecret, Consumer, ObjectId, ScopeSet, UsageResult};

use super::flight::is_outdated;
use super::hand_out::MOST_TRIES;
use super::held::HeldToken;
use super::reject::{Refusal, drop_refused};
use super::scoped::Answer;
use crate::directory::Known;
use crate::keys::create::digest_of;
use crate::{CredentialRef, Engine, EngineError};

/// Who sends a request through a consumer.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Who has shown a key.
    Known(Arc<Actor>),
    /// Somebody on this machine, without one.
    Loopback,
}

impl Caller {
    fn actor(&self) -> &Actor {
        match self {
            Self::Known(actor) => actor,
            Self::Loopback => &Actor::System,
        }
    }
}

/// A consumer with what its requests ask for again and again.
#[derive(Debug)]
pub struct UsedConsumer {
    consumer: Arc<Consumer>,
    /// Its id as grants name it.
    object: ObjectId,
    credential: CredentialRef,
}

impl UsedConsumer {
    /// Makes one of a consumer at one revision.
    #[must_use]
    pub fn new(consumer: Arc<Consumer>) -> Self {
        Self {
            object: consumer.id.into(),
            credential: CredentialRef::Id(consumer.settings.credential),
            consumer,
        }
    }

    /// The consumer itself.
    #[must_use]
    pub const fn consumer(&self) -> &Arc<Consumer> {
        &self.consumer
    }

    fn part<'a>(&'a self, known: &Known) -> Option<&'a ScopeSet> {
        let part = self.consumer.settings.scope.as_ref()?;
        (known.credential.settings.scope.scopes() != Some(part)).then_some(part)
    }

    /// Checks that this caller may have its request sent with a token of the credential.
    fn check(&self, caller: &Caller, known: &Known) -> Result<(), EngineError> {
        let settings = &self.consumer.settings;
        let may = match caller {
            Caller::Known(actor) => actor.may(Action::Use, &self.object, &settings.labels),
            Caller::Loopback => settings.callers == Callers::Loopback,
        };
        if !may {
            return Err(EngineError::Forbidden {
                action: Action::Use,
                on: format!(" on the HTTP consumer `{}`", self.consumer.slug),
            });
        }
        if !known.credential.enabled {
            return Err(EngineError::Disabled);
        }
        match settings.unbound_host(&known.credential.settings.bound_hosts) {
            Some(host) => Err(EngineError::HostNotBound {
                host: host.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

impl Engine {
    /// Whom an API key stands for, if it is in memory and of use; who gets nothing here asks
    /// [`Engine::authenticate`], which also says why.
    #[must_use]
    pub fn key_at_hand(&self, shown: &ApiKeySecret) -> Option<Arc<Actor>> {
        let key = self.directory().key(shown.id)?;
        verify_slices_are_equal(&digest_of(shown), &key.digest).ok()?;
        key.actor(self.now()).ok().cloned()
    }

    /// The token for a request through a consumer, if there is one of which enough is left and the caller may
    /// have it sent; nothing is waited for, and nothing counted: see [`Engine::count_consumer_tokens`]. Who gets
    /// nothing here asks [`Engine::consumer_token`]. With it comes whether it is to be renewed: then somebody asks that
    /// as well, and does not wait.
    #[must_use]
    pub fn consumer_token_at_hand(
        &self,
        caller: &Caller,
        used: &UsedConsumer,
    ) -> Option<(Arc<HeldToken>, bool)> {
        let now = self.moment();
        let known = self.directory().get(&used.credential)?;
        used.check(caller, &known).ok()?;
        let slot = known.tokens.slot(used.part(&known), now)?;
        let (token, is_due) = match slot.answer(Duration::ZERO, now) {
            Answer::Token(token) => (token, false),
            Answer::Renew(token) => (token, true),
            Answer::Failure(_) | Answer::Ask => return None,
        };
        slot.touch(now);
        Some((token, is_due))
    }

    /// The token for a request through a consumer: the one at hand, else a new one.
    ///
    /// # Errors
    /// Without a grant to use the consumer; when the credential is disabled or not bound to the host; when there
    /// is no token and none can be had.
    pub async fn consumer_token(
        &self,
        caller: &Caller,
        used: &UsedConsumer,
    ) -> Result<Arc<HeldToken>, EngineError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.token_through(caller, used).await {
                Err(error) if is_outdated(&error) && tries < MOST_TRIES => {}
                result => {
                    let ended = if result.is_ok() {
                        UsageResult::HandedOut
                    } else {
                        UsageResult::Failed
                    };
                    self.count_consumer_tokens(caller, used, (ended, 1));
                    return result;
                }
            }
        }
    }

    /// Notes that the service has refused a token that was sent through a consumer; tells whether another one may
    /// be had now.
    ///
    /// # Errors
    /// When the credential is gone.
    pub async fn refuse_consumer_token(
        &self,
        used: &UsedConsumer,
        refused: &Arc<HeldToken>,
        refusal: &Refusal,
    ) -> Result<bool, EngineError> {
        let known = self.known(&used.credential).await?;
        Ok(drop_refused(&known, refused, refusal, self.moment()))
    }

    async fn token_through(
        &self,
        caller: &Caller,
        used: &UsedConsumer,
    ) -> Result<Arc<HeldToken>, EngineError> {
        let known = self.known(&used.credential).await?;
        used.check(caller, &known)?;
        let (part, actor) = (used.part(&known), caller.actor());
        let held = self.held(&known, part, Duration::ZERO, actor).await;
        if held.waited {
            self.still_known(actor).await?;
            let known = self.still_of(&used.credential, &known).await?;
            used.check(caller, &known)?;
        }
        held.result
    }

    /// Counts tokens that a caller had sent through a consumer: for many requests it is enough to do so from time
    /// to time.
    pub fn count_consumer_tokens(
        &self,
        caller: &Caller,
        used: &UsedConsumer,
        (ended, count): (UsageResult, u64),
    ) {
        let credential = used.consumer.settings.credential;
        self.usage()
            .count_many(caller.actor(), credential, ended, count);
        self.parts().metrics.handed_out_many(ended, count);
    }
}
