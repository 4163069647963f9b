//! Replaces a secret while both the old and the new one are accepted: add the new one, let requests
//! find out which one works, then make it the only one.

use grantd_model::{
    Action, Actor, AuditAction, Change, Credential, Invalid, ObjectId, Revision, SecretInput,
    SecretList,
};
use grantd_secrets::Destination;
use grantd_store::WriteUnit;

use super::find::find;
use super::seal::Sealing;
use super::update::hide;
use crate::directory::Effect;
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// Adds the secret that is to take the place of the current one, which stays in use. It is
    /// tried where the server does not accept the current one. One that was added before and not
    /// promoted goes.
    ///
    /// # Errors
    /// Without a grant to manage the credential; when the revision is not the expected one, or an
    /// external secret can not be served.
    pub async fn add_secret(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        expected: Revision,
        secret: SecretInput,
    ) -> Result<Credential, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let before = self
            .to_rotate(unit.as_mut(), actor, wanted, expected)
            .await?;
        let origin = before.settings.token_endpoint.origin();
        let destination = Destination::of(&before.settings);
        if let SecretInput::External(reference) = &secret
            && let Err(fault) = self.parts().sources.check(reference, &destination)
        {
            let fault = Invalid::new("invalid_reference", fault.to_string());
            return Err(EngineError::field(fault.at("/client_secret_reference")));
        }
        self.sees_source(unit.as_mut(), &secret).await?;
        let mut sealing = Sealing {
            sealer: &self.parts().sealer,
            id: before.id,
            origin: &origin,
            counter: before.secret_counter,
        };
        let set = Change {
            at: self.now(),
            by: actor.reference(),
        };
        let entry = sealing.entry(secret, set)?.ok_or_else(|| {
            EngineError::field(
                Invalid::new("required", "the new client secret is expected").at("/client_secret"),
            )
        })?;
        let version = entry.version;
        let list = SecretList {
            current: before.authentication.secret().current.clone(),
            next: vec![entry],
        };
        let after = Credential {
            secret_counter: sealing.counter,
            ..rotated(&before, list)
        };
        let detail = vec![("version".to_owned(), version.to_string())];
        let action = AuditAction::SecretAdd;
        self.put_rotated(unit, actor, after, expected, (action, detail))
            .await
    }

    /// Makes the secret that was added last the only one; the one in use until now is forgotten.
    /// Tokens that were got with it stay good.
    ///
    /// # Errors
    /// Without a grant to manage the credential; when the revision is not the expected one, or no
    /// secret was added.
    pub async fn promote_secret(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        expected: Revision,
    ) -> Result<Credential, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let before = self
            .to_rotate(unit.as_mut(), actor, wanted, expected)
            .await?;
        let list = before.authentication.secret();
        let Some(next) = list.next.last() else {
            let detail = "a credential to which a next secret was added is expected";
            return Err(EngineError::field(
                Invalid::new("no_next_secret", detail).at(""),
            ));
        };
        let detail = vec![(
            "version".to_owned(),
            format!("{} \u{2192} {}", list.current.version, next.version),
        )];
        let after = rotated(&before, SecretList::of(next.clone()));
        let action = AuditAction::SecretPromote;
        self.put_rotated(unit, actor, after, expected, (action, detail))
            .await
    }

    async fn to_rotate(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        wanted: &CredentialRef,
        expected: Revision,
    ) -> Result<Credential, EngineError> {
        let before = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Manage, &before)
            .map_err(|error| hide(error, wanted))?;
        if before.revision == expected {
            Ok(before)
        } else {
            Err(EngineError::Stale {
                current: before.revision,
            })
        }
    }

    async fn put_rotated(
        &self,
        mut unit: Box<dyn WriteUnit>,
        actor: &Actor,
        after: Credential,
        expected: Revision,
        (action, detail): (AuditAction, Vec<(String, String)>),
    ) -> Result<Credential, EngineError> {
        let now = self.now();
        let after = Credential {
            updated: Change {
                at: now,
                by: actor.reference(),
            },
            ..after
        };
        unit.credentials().update(&after, expected).await?;
        let object = (ObjectId::from(after.id), after.settings.name.as_str());
        self.record(unit.as_mut(), now, actor, action, object, detail)
            .await?;
        self.commit(unit, Effect::Changed(Box::new(after.clone())))
            .await?;
        Ok(after)
    }
}

/// The credential with these secrets. Its generation stays: tokens got with either are good.
fn rotated(before: &Credential, list: SecretList) -> Credential {
    Credential {
        authentication: before.authentication.method().with_secret(list),
        revision: before.revision.next(),
        ..before.clone()
    }
}
