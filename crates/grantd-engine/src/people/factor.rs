//! The second factor: set up with a device, confirmed by its first code, removed.

use grantd_model::{Actor, AuditAction, Invalid, ObjectId, SecondFactor, Secret, User, UserId};
use grantd_store::{Place, WriteUnit};

use super::sessions::{Visitor, own};
use super::{code, totp};
use crate::directory::Effect;
use crate::{Engine, EngineError};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// What the device is to be told; shown until it is confirmed.
#[derive(Debug)]
pub struct NewFactor {
    /// The shared secret in base32, for typing.
    pub secret: Secret<String>,
    /// The same as the address in a picture.
    pub uri: Secret<String>,
}

fn place(user: UserId, version: u32) -> Place {
    Place {
        table: "console_user",
        row: user.to_string(),
        field: "second_factor".to_owned(),
        version,
        origin: None,
    }
}

impl Engine {
    /// Makes a shared secret for one's device, in the place of one that was not confirmed. Nothing
    /// is asked for at sign-in before [`Engine::confirm_second_factor`].
    ///
    /// # Errors
    /// For anybody but a user; where one is set up already.
    pub async fn begin_second_factor(
        &self,
        actor: &Actor,
        issuer: &str,
    ) -> Result<NewFactor, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let user = self.own_user(unit.as_mut(), actor).await?;
        if user.has_second_factor() {
            let fault = Invalid::new("taken", "no second factor that is set up is expected");
            return Err(EngineError::field(fault.at("")));
        }
        let version = unit.users().next_factor_version(user.id).await?;
        let secret = totp::new_secret(self.random());
        let sealed = self
            .parts()
            .sealer
            .seal(&place(user.id, version), &secret)?;
        let after = User {
            second_factor: Some(SecondFactor {
                secret: sealed,
                version,
                confirmed_at: None,
                last_step: 0,
                recovery: Vec::new(),
            }),
            ..user
        };
        unit.users().update(&after).await?;
        self.commit(unit, Effect::Nothing).await?;
        let uri = totp::uri(&secret, after.name.as_str(), issuer);
        Ok(NewFactor { secret, uri })
    }

    /// Shows again what the device is to be told, until it is confirmed.
    ///
    /// # Errors
    /// For anybody but a user; where none is being set up.
    pub async fn unconfirmed_second_factor(
        &self,
        actor: &Actor,
        issuer: &str,
    ) -> Result<NewFactor, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let user = unit.users().by_id(own(actor)?).await?;
        let user = user.ok_or(EngineError::CutOff)?;
        let factor = user.second_factor.as_ref();
        let factor = factor.filter(|factor| factor.confirmed_at.is_none());
        let factor = factor.ok_or_else(none_begun)?;
        let secret = self.open_factor(&user, factor)?;
        let uri = totp::uri(&secret, user.name.as_str(), issuer);
        Ok(NewFactor { secret, uri })
    }

    /// Confirms that the device has the shared secret, by a code of it. From now on it is asked for
    /// at sign-in. Gives recovery codes, which can not be shown again.
    ///
    /// # Errors
    /// For anybody but a user; where none is being set up, or the code is not right.
    pub async fn confirm_second_factor(
        &self,
        actor: &Actor,
        typed: &str,
    ) -> Result<Vec<Secret<String>>, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let user = self.own_user(unit.as_mut(), actor).await?;
        let is_begun = user.second_factor.is_some() && !user.has_second_factor();
        if !is_begun {
            return Err(none_begun());
        }
        let after = self.with_device_code_taken(&user, typed)?;
        let mut after = after.ok_or_else(wrong_code)?;
        let codes = self.new_codes(&mut after);
        let now = self.now();
        if let Some(factor) = &mut after.second_factor {
            factor.confirmed_at = Some(now);
        }
        self.put_factor(unit, actor, &after, AuditAction::SecondFactorAdd)
            .await?;
        Ok(codes)
    }

    /// Makes new recovery codes, against a code of the device or a recovery code; the old ones are of
    /// no use any more.
    ///
    /// # Errors
    /// For anybody but a user; without a second factor, when the code is not right, or after too many
    /// tries.
    pub async fn renew_recovery_codes(
        &self,
        actor: &Actor,
        typed: &str,
        visitor: &Visitor,
    ) -> Result<Vec<Secret<String>>, EngineError> {
        let (unit, mut after) = self.own_code_taken(actor, typed, visitor).await?;
        let codes = self.new_codes(&mut after);
        self.put_factor(unit, actor, &after, AuditAction::RecoveryCodes)
            .await?;
        Ok(codes)
    }

    /// Removes one's own second factor, against a code of the device or a recovery code.
    ///
    /// # Errors
    /// For anybody but a user; without a second factor, when the code is not right, or after too many
    /// tries.
    pub async fn remove_own_second_factor(
        &self,
        actor: &Actor,
        typed: &str,
        visitor: &Visitor,
    ) -> Result<(), EngineError> {
        let (unit, user) = self.own_code_taken(actor, typed, visitor).await?;
        let after = User {
            second_factor: None,
            ..user
        };
        self.put_factor(unit, actor, &after, AuditAction::SecondFactorRemove)
            .await
    }

    /// Removes the second factor of somebody who has lost it; one who has none stays so.
    ///
    /// # Errors
    /// Without a grant to administer; of oneself, which takes a code; when there is no such user.
    pub async fn remove_second_factor(&self, actor: &Actor, id: UserId) -> Result<(), EngineError> {
        let (unit, user) = self.to_change(actor, id, "").await?;
        if user.second_factor.is_none() {
            return Ok(());
        }
        let after = User {
            second_factor: None,
            ..user
        };
        self.put_factor(unit, actor, &after, AuditAction::SecondFactorRemove)
            .await
    }

    /// Oneself after a code was taken, within a unit that is still open. A session alone must not give
    /// any number of tries at the code.
    async fn own_code_taken(
        &self,
        actor: &Actor,
        typed: &str,
        visitor: &Visitor,
    ) -> Result<(Box<dyn WriteUnit>, User), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let user = self.own_user(unit.as_mut(), actor).await?;
        if !user.has_second_factor() {
            return Err(none_begun());
        }
        let name = user.name.as_str();
        let left = self.tries().begin(name, &visitor.address, self.moment())?;
        let Some(after) = self.with_code_taken(&user, typed)? else {
            drop(unit);
            self.record_refusal(name, visitor).await?;
            return Err(EngineError::WrongCode { left });
        };
        self.tries().succeeded(name, &visitor.address);
        Ok((unit, after))
    }

    /// The user after this code was taken; none if it is not right.
    pub(super) fn with_code_taken(
        &self,
        user: &User,
        typed: &str,
    ) -> Result<Option<User>, EngineError> {
        if let Some(after) = self.with_device_code_taken(user, typed)? {
            return Ok(Some(after));
        }
        let Some(factor) = &user.second_factor else {
            return Ok(None);
        };
        let digest = code::digest_of(code::normalised(typed).expose());
        if !factor.recovery.contains(&digest) {
            return Ok(None);
        }
        let mut after = user.clone();
        if let Some(factor) = &mut after.second_factor {
            factor.recovery.retain(|other| *other != digest);
        }
        Ok(Some(after))
    }

    /// The user after a code of the device was taken; none if it is not right.
    fn with_device_code_taken(
        &self,
        user: &User,
        typed: &str,
    ) -> Result<Option<User>, EngineError> {
        let Some(factor) = &user.second_factor else {
            return Ok(None);
        };
        let secret = self.open_factor(user, factor)?;
        let step = totp::matching_step(&secret, typed, self.now(), factor.last_step);
        let Some(step) = step else { return Ok(None) };
        let mut after = user.clone();
        if let Some(factor) = &mut after.second_factor {
            factor.last_step = step;
        }
        Ok(Some(after))
    }

    fn open_factor(
        &self,
        user: &User,
        factor: &SecondFactor,
    ) -> Result<Secret<String>, EngineError> {
        let place = place(user.id, factor.version);
        Ok(self.parts().sealer.open(&place, &factor.secret)?)
    }

    fn new_codes(&self, user: &mut User) -> Vec<Secret<String>> {
        let codes: Vec<Secret<String>> = (0..RECOVERY_CODES)
            .map(|_| code::recovery(self.random()))
            .collect();
        if let Some(factor) = &mut user.second_factor {
            let digests = codes.iter().map(|text| code::digest_of(text.expose()));
            factor.recovery = digests.collect();
        }
        codes
    }

    async fn put_factor(
        &self,
        mut unit: Box<dyn WriteUnit>,
        actor: &Actor,
        after: &User,
        action: AuditAction,
    ) -> Result<(), EngineError> {
        unit.users().update(after).await?;
        let object = (ObjectId::from(after.id), after.name.as_str());
        let now = self.now();
        self.record(unit.as_mut(), now, actor, action, object, Vec::new())
            .await?;
        self.commit(unit, Effect::Nothing).await
    }

    /// The user who acts for itself.
    pub(super) async fn own_user(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
    ) -> Result<User, EngineError> {
        let id = own(actor)?;
        let user = unit.users().by_id(id).await?;
        user.ok_or_else(|| super::manage::missing(&id))
    }
}

fn none_begun() -> EngineError {
    let detail = "a second factor that is being set up is expected";
    EngineError::field(Invalid::new("not_begun", detail).at(""))
}

fn wrong_code() -> EngineError {
    let detail = "the six digits that the device shows now are expected; each code counts once";
    EngineError::field(Invalid::new("wrong_code", detail).at("/code"))
}
