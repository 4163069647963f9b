//! What people can do about the tokens at hand: renew one now, throw them all away.

use grantd_model::{Action, Actor, AuditAction, EventCause, ObjectId};

use super::flight::outcome;
use super::hand_out::HandedOut;
use super::slot::Joined;
use crate::credentials::update::hide;
use crate::directory::Effect;
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// Asks for a new token now, whatever is at hand and whatever failed before; the one at hand
    /// stays until the new one is there.
    ///
    /// # Errors
    /// Without a grant to manage the credential; when it is disabled or gives no token.
    pub async fn renew_token(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
    ) -> Result<HandedOut, EngineError> {
        let known = self.known(wanted).await?;
        access::on_credential(actor, Action::Manage, &known.credential)
            .map_err(|error| hide(error, wanted))?;
        if !known.credential.enabled {
            return Err(EngineError::Disabled);
        }
        let now = self.moment();
        let slot = known.tokens.slot(None, now).ok_or(EngineError::CutOff)?;
        slot.touch(now);
        let never = |_: &_| None::<()>;
        let landed = match self.board(&known, &slot, (EventCause::Person, actor), never) {
            Joined::Follow(waiter) => waiter.landed().await,
            Joined::Enough(()) => None,
        };
        // the old one does not count here, though it may still be good
        let token = outcome(landed, &super::scoped::SlotState::default(), self.moment())?;
        let known = self.still_of(wanted, &known).await?;
        // what had to be mended is, and tokens for parts of the scopes may be had again
        known.tokens.end_cool_downs();
        Ok(HandedOut::new(token, &known, self.moment()))
    }

    /// Throws the tokens at hand away, so that the next caller gets a new one; tells how many were
    /// still good. At the authorization server they live on until they end.
    ///
    /// # Errors
    /// Without a grant to manage the credential.
    pub async fn drop_tokens(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
    ) -> Result<usize, EngineError> {
        let known = self.known(wanted).await?;
        access::on_credential(actor, Action::Manage, &known.credential)
            .map_err(|error| hide(error, wanted))?;
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let object = (
            ObjectId::from(known.credential.id),
            known.credential.settings.name.as_str(),
        );
        let action = AuditAction::TokenDrop;
        self.record(unit.as_mut(), now, actor, action, object, Vec::new())
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(known.tokens.drop_all(self.moment()))
    }
}
