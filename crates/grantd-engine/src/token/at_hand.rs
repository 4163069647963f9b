//! The short way: a token that is at hand, for a key that is known, without waiting for anything.
//! Whoever gets nothing here takes the long way, which also says why.
//!
//! Invariant: nothing is handed out here that the long way would not.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use grantd_model::{Action, Actor, ApiKeySecret, UsageResult};

use super::hand_out::HandedOut;
use super::scoped::Answer;
use crate::keys::create::digest_of;
use crate::{Engine, access};

impl Engine {
    /// A token with all scopes of the credential of this slug, if there is one of which enough is
    /// left, and the API key is in memory, of use, and may have it.
    #[must_use]
    pub fn token_at_hand(&self, shown: &ApiKeySecret, slug: &str) -> Option<HandedOut> {
        let now = self.moment();
        let key = self.directory().key(shown.id)?;
        verify_slices_are_equal(&digest_of(shown), &key.digest).ok()?;
        let actor: &Actor = key.actor(now.wall).ok()?;
        let known = self.directory().of_slug(slug)?;
        let credential = &known.credential;
        access::on_object(actor, Action::Token, &known.object, credential).ok()?;
        access::scopes_of_object(actor, &known.object, credential, None).ok()?;
        if !credential.enabled {
            return None;
        }
        let slot = known.tokens.whole();
        let Answer::Token(token) = slot.answer(Duration::ZERO, now) else {
            return None;
        };
        slot.touch(now);
        self.usage()
            .count(actor, credential.id, UsageResult::HandedOut);
        self.parts().metrics.handed_out(UsageResult::HandedOut);
        Some(HandedOut::new(token, &known, now))
    }
}
