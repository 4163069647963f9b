//! Getting one token with whichever of a credential's secrets the server accepts.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use grantd_model::{Credential, ScopeSet, Secret, SecretEntry, SecretValue};
use grantd_oauth::{FailureClass, ResponseContext, TokenResponse};
use grantd_secrets::Freshness;

use super::held::HeldToken;
use super::key::token_key;
use super::material::Material;
use super::request::Asked;
use super::scoped::{ScopedTokens, TokenSlot};
use super::shown::Shown;
use super::timing::{self, Jitter};
use crate::{Engine, EngineError};

/// How the attempts to get a token ended.
pub(crate) struct Attempted {
    pub(crate) result: Result<HeldToken, EngineError>,
    /// The version of the secret that was tried last; none if none could be had.
    pub(crate) secret_version: Option<u32>,
}

impl Engine {
    /// Asks with the secret that was accepted last, else the current one. If the server does not
    /// accept it: an external one is read again and, if it has changed, tried once more; then the
    /// other secret of the list is tried once.
    pub(crate) async fn attempt(
        &self,
        credential: &Credential,
        tokens: &ScopedTokens,
        slot: &TokenSlot,
    ) -> Attempted {
        let (first, other) = order(credential, tokens.accepted());
        let mut attempted = self.attempt_with(credential, first, slot).await;
        if is_invalid_client(&attempted)
            && let Some(other) = other
        {
            let second = self.attempt_with(credential, other, slot).await;
            // where neither is accepted, the first one's failure is what people have to mend
            if second.result.is_ok() {
                attempted = second;
            }
        }
        if attempted.result.is_ok()
            && let Some(version) = attempted.secret_version
        {
            tokens.accept(version);
        }
        attempted
    }

    async fn attempt_with(
        &self,
        credential: &Credential,
        entry: &SecretEntry,
        slot: &TokenSlot,
    ) -> Attempted {
        let material = match self.material(credential, entry, Freshness::Cached).await {
            Ok(material) => material,
            Err(error) => {
                return Attempted {
                    result: Err(error),
                    secret_version: None,
                };
            }
        };
        let attempted = self.send(credential, entry, slot, &material).await;
        if !is_invalid_client(&attempted) || !matches!(entry.value, SecretValue::External(_)) {
            return attempted;
        }
        // it may have been replaced at its source while it was on its way
        match self.material(credential, entry, Freshness::PastCache).await {
            Ok(again) if !is_same_secret(&material, &again) => {
                self.send(credential, entry, slot, &again).await
            }
            _ => attempted,
        }
    }

    async fn send(
        &self,
        credential: &Credential,
        entry: &SecretEntry,
        slot: &TokenSlot,
        material: &Material,
    ) -> Attempted {
        let scope = scope_of(credential, slot);
        let requested = self.parts().clock.moment();
        let claims = slot.claims();
        let asked = Asked {
            scope,
            claims: claims.as_ref().map(|claims| claims.as_str()),
        };
        let mut answered = self.request_token(credential, material, asked, None).await;
        let mut claims = claims;
        if let (Some(refused), Err(EngineError::Token(_))) = (&claims, &answered) {
            // what one service asks for must not take the credential from all others
            slot.answered_claims(refused);
            claims = None;
            let asked = Asked {
                scope,
                claims: None,
            };
            answered = self.request_token(credential, material, asked, None).await;
        }
        let held = answered.map(|response| {
            if let Some(claims) = &claims {
                slot.answered_claims(claims);
            }
            let mut key = token_key(credential, material.identity.clone(), scope);
            key.claims = claims.map(|claims| String::clone(&claims));
            let refresh_in = refresh_in(&response, requested.wall);
            let TokenResponse {
                access_token,
                lifetime,
                warnings,
                ..
            } = response;
            let lifetime = lifetime.min(timing::MOST_LIFETIME);
            HeldToken {
                access_token,
                lifetime,
                requested,
                secret_version: entry.version,
                warnings,
                key,
                renew_after: timing::renew_after(lifetime, refresh_in, self.jitter()),
                same_again: false,
                shown: Shown::default(),
            }
        });
        Attempted {
            result: held,
            secret_version: Some(entry.version),
        }
    }

    /// A part drawn at random.
    pub(crate) fn jitter(&self) -> Jitter {
        let mut bytes = [0; 2];
        self.random().fill(&mut bytes);
        Jitter::from_bytes(bytes)
    }
}

/// Marks a token that the server gave again instead of another one, and puts its renewal off.
pub(crate) fn compare(mut new: HeldToken, before: Option<&Arc<HeldToken>>) -> HeldToken {
    let Some(before) = before else { return new };
    let now = new.requested;
    let same = is_same(&new.access_token.value, &before.access_token.value);
    // a server that gives it more time than it had has renewed it all the same
    let no_longer = new.lifetime <= before.left(now) + ResponseContext::DEFAULT_LIFETIME / 60;
    if same && no_longer {
        new.same_again = true;
        new.renew_after = timing::same_again_after(new.lifetime);
    }
    new
}

/// The scopes that a slot's token is asked with.
pub(crate) fn scope_of<'a>(
    credential: &'a Credential,
    slot: &'a TokenSlot,
) -> Option<&'a ScopeSet> {
    slot.part
        .as_ref()
        .or_else(|| credential.settings.scope.scopes())
}

fn refresh_in(
    response: &TokenResponse,
    requested: grantd_model::Timestamp,
) -> Option<std::time::Duration> {
    response.refresh_at.map(|at| at.since(requested))
}

/// The secret that is tried first, and the one that is tried if that is not accepted.
pub(crate) fn order(
    credential: &Credential,
    accepted: u32,
) -> (&SecretEntry, Option<&SecretEntry>) {
    let list = credential.authentication.secret();
    let first = list
        .iter()
        .find(|entry| entry.version == accepted)
        .unwrap_or(&list.current);
    let other = list.iter().find(|entry| entry.version != first.version);
    (first, other)
}

fn is_invalid_client(attempted: &Attempted) -> bool {
    matches!(
        &attempted.result,
        Err(EngineError::Token(error)) if error.class == FailureClass::InvalidClient
    )
}

fn is_same_secret(one: &Material, other: &Material) -> bool {
    is_same(one.authentication.secret(), other.authentication.secret())
}

fn is_same(one: &Secret<String>, other: &Secret<String>) -> bool {
    verify_slices_are_equal(one.expose().as_bytes(), other.expose().as_bytes()).is_ok()
}
