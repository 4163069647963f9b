//! A token as the engine holds it.

use std::time::Duration;

use grantd_model::{AccessToken, Moment, TokenKey};
use grantd_oauth::TokenWarning;

use super::shown::Shown;
use super::timing;

/// A token with all that is known of it.
#[derive(Debug)]
pub struct HeldToken {
    /// The token, its type and its scopes.
    pub access_token: AccessToken,
    /// How long it lives, from when it was asked for.
    pub lifetime: Duration,
    /// When it was asked for.
    pub requested: Moment,
    /// The version of the secret that it was got with.
    pub secret_version: u32,
    /// What was unusual about the answer.
    pub warnings: Vec<TokenWarning>,
    /// The identity of its request.
    pub key: TokenKey,
    /// How long after its request it is renewed.
    pub(crate) renew_after: Duration,
    /// Whether the server gave the same one again when it was asked for another.
    pub(crate) same_again: bool,
    /// What a surface made of it last.
    pub(crate) shown: Shown,
}

impl HeldToken {
    /// How long it still lives, by the clock that shows less; zero if it is over.
    #[must_use]
    pub fn left(&self, now: Moment) -> Duration {
        self.requested.left_of(self.lifetime, now)
    }

    /// Whether it is time to renew it.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        self.left(now) <= self.lifetime.saturating_sub(self.renew_after)
    }

    /// Whether a caller with this wish can be served with it.
    pub(crate) fn is_enough(&self, wish: Duration, now: Moment) -> bool {
        let left = self.left(now);
        let needed = if self.same_again {
            // the server gives nothing better: it is good to its end
            Duration::ZERO
        } else {
            timing::needed(wish, self.lifetime)
        };
        !left.is_zero() && left >= needed
    }
}
