//! The credential that settings would make, without keeping it.

use grantd_model::{
    Action, Actor, Change, Credential, CredentialDraft, CredentialId, ObjectId, Slug,
};

use crate::credentials::find::find;
use crate::credentials::update::{check_edit, faults, hide};
use crate::credentials::{check, create};
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// What a draft would make. Its secret is sealed for a credential that is never kept.
    pub(super) fn candidate_of_draft(
        &self,
        actor: &Actor,
        draft: CredentialDraft,
    ) -> Result<Credential, EngineError> {
        let now = self.now();
        let id = CredentialId::new(now, self.random());
        let labels = &draft.settings.labels;
        access::on_future(actor, Action::Manage, &ObjectId::from(id), labels)?;
        let settings = &draft.settings;
        let sets_bounds =
            !settings.bound_hosts.is_empty() || !settings.allowed_mailboxes.is_empty();
        check::bounds(actor, sets_bounds)?;
        let mut faults = check::draft(&draft, &self.sources_ahead());
        faults.extend(create::nothing_kept(&draft));
        if !faults.is_empty() {
            return Err(EngineError::Fields(faults));
        }
        let slug = Slug::from_name(draft.settings.name.as_str(), self.random());
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        self.build(id, slug, change, draft)
    }

    /// What an edit would make of a credential, with the version of the last secret that it has; what it keeps of secrets is opened only where it
    /// may go.
    pub(super) async fn candidate_of_edit(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        draft: CredentialDraft,
    ) -> Result<(Credential, u32), EngineError> {
        let mut unit = self.parts().store.read().await?;
        let before = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Manage, &before)
            .map_err(|error| hide(error, wanted))?;
        check_edit(actor, &before, &draft)?;
        let wrong = faults(&before, &draft, &self.sources_ahead());
        if !wrong.is_empty() {
            return Err(EngineError::Fields(wrong));
        }
        let change = Change {
            at: self.now(),
            by: actor.reference(),
        };
        Ok((self.rebuild(&before, change, draft)?, before.secret_counter))
    }
}
