//! The credentials of a plan.

use grantd_model::{Action, Credential, FieldError, Invalid, Revision, SecretInput, SecretValue};

use super::keep::Look;
use super::run::{Purpose, Run, settled};
use super::{KeptSecret, PlanItem, PlanOutcome, ThingKind, Wanted, WantedCredential, keep, told};
use crate::credentials::update::check_edit;
use crate::directory::Effect;
use crate::{EngineError, access};

impl Run<'_> {
    /// Plans the credentials. Those that are there come first, so that a name that one of them gives up is
    /// free for a new one.
    pub(super) async fn credentials(
        &mut self,
        wanted: Vec<Wanted<WantedCredential>>,
    ) -> Result<(), EngineError> {
        let mut new = Vec::new();
        for Wanted { name, thing } in wanted {
            let thing = match thing {
                Ok(thing) => thing,
                Err(faults) => {
                    self.credential_item(name, None, PlanOutcome::Refused(faults));
                    continue;
                }
            };
            let before = self.unit.credentials().by_slug(&thing.slug).await?;
            match before {
                None => new.push((name, thing)),
                Some(before) => {
                    let is_seen = access::on_credential(self.actor, Action::Read, &before).is_ok();
                    let outcome = settled(self.change(&before, thing).await)?;
                    let revision = is_seen.then_some(before.revision);
                    self.credential_item(name, revision, outcome);
                }
            }
        }
        for (name, thing) in new {
            let outcome = settled(self.add(thing).await)?;
            self.credential_item(name, None, outcome);
        }
        Ok(())
    }

    fn credential_item(&mut self, name: String, revision: Option<Revision>, outcome: PlanOutcome) {
        self.items.push(PlanItem {
            kind: ThingKind::Credential,
            name,
            revision,
            outcome,
        });
    }

    /// Adds a credential.
    pub(super) async fn add(
        &mut self,
        wanted: WantedCredential,
    ) -> Result<PlanOutcome, EngineError> {
        let WantedCredential { slug, draft, kept } = wanted;
        if let SecretInput::Keep = draft.authentication.secret() {
            return Err(EngineError::field(secret_expected(kept)));
        }
        let engine = self.engine;
        let id = engine.check_new_credential(self.actor, &draft, &self.sources)?;
        let draft = grantd_model::CredentialDraft {
            slug: Some(slug),
            ..draft
        };
        let added = engine.insert_credential(self.unit, self.actor, id, draft);
        let added = added.await?;
        Ok(PlanOutcome::Create(told::of_new_credential(&added)))
    }

    async fn change(
        &mut self,
        before: &Credential,
        wanted: WantedCredential,
    ) -> Result<PlanOutcome, EngineError> {
        let changed = self.changed(before, wanted).await?;
        let Some(changed) = changed else {
            return Ok(PlanOutcome::Unchanged);
        };
        let told = told::of_credential(before, &changed);
        let engine = self.engine;
        let after = match self.purpose {
            Purpose::Look => Some(changed),
            Purpose::Apply => keep::kept(Look::Opened(&engine.parts().sealer), before, changed),
        };
        if let Some(after) = after {
            engine
                .put_credential(self.unit, self.actor, before, &after)
                .await?;
            self.effects.push(Effect::Changed(Box::new(after)));
        }
        Ok(PlanOutcome::Update(told))
    }

    /// What is wanted makes of a credential; none if it is so already. A secret that is given counts as another
    /// one.
    pub(super) async fn changed(
        &mut self,
        before: &Credential,
        wanted: WantedCredential,
    ) -> Result<Option<Credential>, EngineError> {
        access::on_credential(self.actor, Action::Manage, before).map_err(unseen)?;
        let WantedCredential { draft, kept, .. } = wanted;
        if let SecretInput::Keep = draft.authentication.secret()
            && !is_kept(before, kept)
        {
            return Err(EngineError::field(secret_expected(kept)));
        }
        check_edit(self.actor, before, &draft)?;
        let engine = self.engine;
        engine
            .changed_credential(self.unit, self.actor, before, draft, &self.sources)
            .await
    }
}

/// Who may not even see it is told that its slug is taken, as whoever adds one is.
fn unseen(error: EngineError) -> EngineError {
    match error {
        EngineError::NotFound { .. } => {
            let detail = "a slug that no other credential has is expected";
            EngineError::field(Invalid::new("taken", detail).at(""))
        }
        other => other,
    }
}

const fn is_kept(before: &Credential, kept: KeptSecret) -> bool {
    matches!(
        (kept, &before.authentication.secret().current.value),
        (KeptSecret::Any, _)
            | (KeptSecret::Internal, SecretValue::Internal(_))
            | (KeptSecret::External, SecretValue::External(_))
    )
}

fn secret_expected(kept: KeptSecret) -> FieldError {
    match kept {
        KeptSecret::External => {
            let detail = "where the secret is, is expected: source and path";
            Invalid::new("required", detail).at("/client_secret_reference")
        }
        KeptSecret::Any | KeptSecret::Internal => {
            let detail = "the client secret is expected, as none is kept: `client_secret` from a variable, \
                          or a `client_secret_reference`";
            Invalid::new("required", detail).at("/client_secret")
        }
    }
}
