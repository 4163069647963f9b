//! Changes a credential.

use grantd_model::{
    Action, Actor, AuditAction, Change, Credential, CredentialDraft, FieldError, Invalid, ObjectId,
    Parameter, ParameterInput, ParameterValue, Revision, SecretInput, SecretList, SecretValue,
};
use grantd_store::WriteUnit;

use super::binding::Binding;
use super::create::{taken, value_missing};
use super::find::{find, missing};
use super::seal::Sealing;
use super::{changes, check};
use crate::directory::Effect;
use crate::sources::ahead::SourcesAhead;
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// Replaces the settings of a credential; what the draft keeps stays. A draft that changes
    /// nothing leaves the revision as it is.
    ///
    /// # Errors
    /// Without a grant to manage it, before and after; when the revision is not the expected one,
    /// values are wrong, or the secret is kept although what it is bound to changes.
    pub async fn update_credential(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        expected: Revision,
        draft: CredentialDraft,
    ) -> Result<Credential, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let before = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Manage, &before)
            .map_err(|error| hide(error, wanted))?;
        let sources = self.sources_ahead();
        check_edit(actor, &before, &draft)?;
        if before.revision != expected {
            return Err(EngineError::Stale {
                current: before.revision,
            });
        }
        let changed = self
            .changed_credential(unit.as_mut(), actor, &before, draft, &sources)
            .await?;
        let Some(after) = changed else {
            return Ok(before);
        };
        self.put_credential(unit.as_mut(), actor, &before, &after)
            .await?;
        self.commit(unit, Effect::Changed(Box::new(after.clone())))
            .await?;
        Ok(after)
    }

    /// What a draft makes of a credential; none if it changes nothing.
    pub(crate) async fn changed_credential(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        before: &Credential,
        draft: CredentialDraft,
        sources: &SourcesAhead<'_>,
    ) -> Result<Option<Credential>, EngineError> {
        let wrong = faults(before, &draft, sources);
        if !wrong.is_empty() {
            return Err(EngineError::Fields(wrong));
        }
        let secret = draft.authentication.secret();
        self.sees_source(unit, secret).await?;
        let change = Change {
            at: self.now(),
            by: actor.reference(),
        };
        let after = self.rebuild(before, change, draft)?;
        Ok((!same(before, &after)).then_some(after))
    }

    /// Puts what became of a credential in its place, and records it.
    pub(crate) async fn put_credential(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        before: &Credential,
        after: &Credential,
    ) -> Result<(), EngineError> {
        let updated = unit.credentials().update(after, before.revision).await;
        updated.map_err(taken)?;
        let object = (ObjectId::from(after.id), after.settings.name.as_str());
        let detail = changes::between(before, after);
        let (at, action) = (after.updated.at, AuditAction::CredentialUpdate);
        self.record(unit, at, actor, action, object, detail).await?;
        Ok(())
    }

    pub(crate) fn rebuild(
        &self,
        before: &Credential,
        change: Change,
        draft: CredentialDraft,
    ) -> Result<Credential, EngineError> {
        let origin = draft.settings.token_endpoint.origin();
        let mut sealing = Sealing {
            sealer: &self.parts().sealer,
            id: before.id,
            origin: &origin,
            counter: before.secret_counter,
        };
        let method = draft.authentication.method();
        let list = before.authentication.secret();
        let secret = draft.authentication.into_secret();
        let entry = if unchanged_reference(&secret, list) {
            None
        } else {
            sealing.entry(secret, change.clone())?
        };
        let secrets = match entry {
            Some(entry) => SecretList::of(entry),
            None => list.clone(),
        };
        let parameters = sealing.parameters("parameter", draft.parameters, &before.parameters)?;
        let headers = sealing.parameters("header", draft.headers, &before.headers)?;
        let mut after = Credential {
            authentication: method.with_secret(secrets),
            parameters,
            headers,
            secret_counter: sealing.counter,
            settings: draft.settings,
            revision: before.revision.next(),
            updated: change,
            ..before.clone()
        };
        if affects_tokens(before, &after) {
            after.token_generation = after.token_generation.saturating_add(1);
        }
        Ok(after)
    }
}

/// Everything that is wrong with an edit.
pub(crate) fn faults(
    before: &Credential,
    draft: &CredentialDraft,
    sources: &SourcesAhead<'_>,
) -> Vec<FieldError> {
    let mut faults = check::draft(draft, sources);
    if draft.slug.as_ref().is_some_and(|slug| *slug != before.slug) {
        faults.push(Invalid::new("fixed", "the slug never changes; leave it out").at("/slug"));
    }
    let kept = Binding::kept(&before.settings, &before.authentication, &before.headers);
    let wanted = Binding::wanted(&draft.settings, &draft.authentication, &draft.headers);
    let differences = kept.differences(&wanted).join(" and ");
    let bound = !differences.is_empty();
    let again = || {
        let detail =
            format!("the secret is expected again, because of the change of {differences}");
        Invalid::new("secret_required_again", detail)
    };
    if bound && matches!(draft.authentication.secret(), SecretInput::Keep) {
        let pointer = match before.authentication.secret().current.value {
            SecretValue::Internal(_) => "/client_secret",
            SecretValue::External(_) => "/client_secret_reference",
        };
        faults.push(again().at(pointer));
    }
    for (place, list, earlier) in [
        ("parameters", &draft.parameters, &before.parameters),
        ("headers", &draft.headers, &before.headers),
    ] {
        for (position, parameter) in list.iter().enumerate() {
            if !matches!(parameter.value, ParameterInput::Keep) {
                continue;
            }
            if !keeps_secret(&parameter.name, earlier) {
                faults.push(value_missing(place, position));
            } else if bound {
                faults.push(again().at(format!("/{place}/{position}/value")));
            }
        }
    }
    faults
}

/// Checks that the actor, who may manage the credential, may make this of it.
pub(crate) fn check_edit(
    actor: &Actor,
    before: &Credential,
    draft: &CredentialDraft,
) -> Result<(), EngineError> {
    let id = ObjectId::from(before.id);
    access::on_future(actor, Action::Manage, &id, &draft.settings.labels)?;
    check::bounds(actor, bounds_differ(before, draft))
}

/// Who may not see a thing is told so in the words of the question.
pub(crate) fn hide(error: EngineError, wanted: &CredentialRef) -> EngineError {
    match error {
        EngineError::NotFound { .. } => missing(wanted),
        other => other,
    }
}

/// Whether it would change bounds, which only an admin sets.
pub(crate) fn bounds_differ(before: &Credential, draft: &CredentialDraft) -> bool {
    before.settings.bound_hosts != draft.settings.bound_hosts
        || before.settings.allowed_mailboxes != draft.settings.allowed_mailboxes
}

/// Whether a secret value is kept under this name.
pub(crate) fn keeps_secret(name: &str, earlier: &[Parameter<ParameterValue>]) -> bool {
    earlier.iter().any(|parameter| {
        parameter.name == name && matches!(parameter.value, ParameterValue::Secret { .. })
    })
}

/// The same reference given again is no new secret.
fn unchanged_reference(input: &SecretInput, list: &SecretList) -> bool {
    match (input, &list.current.value) {
        (SecretInput::External(given), SecretValue::External(kept)) => {
            given == kept && list.next.is_empty()
        }
        _ => false,
    }
}

pub(crate) fn same(before: &Credential, after: &Credential) -> bool {
    before.settings == after.settings
        && before.authentication == after.authentication
        && before.parameters == after.parameters
        && before.headers == after.headers
}

/// Whether tokens that were issued before must not be used after.
pub(crate) fn affects_tokens(before: &Credential, after: &Credential) -> bool {
    let (old, new) = (&before.settings, &after.settings);
    old.client_id != new.client_id
        || old.token_endpoint != new.token_endpoint
        || old.scope != new.scope
        || old.audience != new.audience
        || old.resources != new.resources
        || old.ca_bundle != new.ca_bundle
        || old.egress_proxy != new.egress_proxy
        || before.authentication != after.authentication
        || before.parameters != after.parameters
        || before.headers != after.headers
}
