//! Adds a credential.

use grantd_model::{
    Action, Actor, AuditAction, Change, Credential, CredentialDraft, CredentialId, FieldError,
    Invalid, ObjectId, ParameterInput, Revision, SecretInput, SecretList, Slug,
};
use grantd_store::{StoreError, Taken, WriteUnit};

use super::seal::Sealing;
use super::{changes, check};
use crate::directory::Effect;
use crate::sources::ahead::SourcesAhead;
use crate::{Engine, EngineError, access};

/// How many numbers are tried behind a slug that is taken.
const MOST_NUMBERS: u32 = 32;

impl Engine {
    /// Adds a credential. It is enabled, and nothing is asked of the authorization server.
    ///
    /// # Errors
    /// Without a grant to manage what carries its labels; when values are wrong or its name or
    /// chosen slug is taken.
    pub async fn create_credential(
        &self,
        actor: &Actor,
        draft: CredentialDraft,
    ) -> Result<Credential, EngineError> {
        let id = self.check_new_credential(actor, &draft, &self.sources_ahead())?;
        let mut unit = self.parts().store.write().await?;
        let credential = self
            .insert_credential(unit.as_mut(), actor, id, draft)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(credential)
    }

    /// Checks what can be checked of a new credential without a unit, and gives it its id.
    pub(crate) fn check_new_credential(
        &self,
        actor: &Actor,
        draft: &CredentialDraft,
        sources: &SourcesAhead<'_>,
    ) -> Result<CredentialId, EngineError> {
        let id = CredentialId::new(self.now(), self.random());
        access::on_future(
            actor,
            Action::Manage,
            &ObjectId::from(id),
            &draft.settings.labels,
        )?;
        let sets_bounds =
            !draft.settings.bound_hosts.is_empty() || !draft.settings.allowed_mailboxes.is_empty();
        check::bounds(actor, sets_bounds)?;
        let mut faults = check::draft(draft, sources);
        faults.extend(nothing_kept(draft));
        if faults.is_empty() {
            Ok(id)
        } else {
            Err(EngineError::Fields(faults))
        }
    }

    /// Adds a credential that was checked within a unit, and records it there.
    pub(crate) async fn insert_credential(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        id: CredentialId,
        draft: CredentialDraft,
    ) -> Result<Credential, EngineError> {
        let now = self.now();
        let secret = draft.authentication.secret();
        self.sees_source(unit, secret).await?;
        let slug = self.free_slug(unit, &draft).await?;
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        let credential = self.build(id, slug, change, draft)?;
        unit.credentials()
            .insert(&credential)
            .await
            .map_err(taken)?;
        let object = (ObjectId::from(id), credential.settings.name.as_str());
        let detail = changes::of_new(&credential);
        let action = AuditAction::CredentialCreate;
        self.record(unit, now, actor, action, object, detail)
            .await?;
        Ok(credential)
    }

    pub(crate) fn build(
        &self,
        id: CredentialId,
        slug: Slug,
        change: Change,
        draft: CredentialDraft,
    ) -> Result<Credential, EngineError> {
        let origin = draft.settings.token_endpoint.origin();
        let mut sealing = Sealing {
            sealer: &self.parts().sealer,
            id,
            origin: &origin,
            counter: 0,
        };
        let method = draft.authentication.method();
        let entry = sealing
            .entry(draft.authentication.into_secret(), change.clone())?
            .ok_or_else(|| EngineError::field(secret_missing()))?;
        let parameters = sealing.parameters("parameter", draft.parameters, &[])?;
        let headers = sealing.parameters("header", draft.headers, &[])?;
        Ok(Credential {
            id,
            slug,
            revision: Revision::FIRST,
            token_generation: 1,
            enabled: true,
            authentication: method.with_secret(SecretList::of(entry)),
            parameters,
            headers,
            secret_counter: sealing.counter,
            settings: draft.settings,
            created: change.clone(),
            updated: change,
        })
    }

    /// The slug that was chosen, or the first free one that the name suggests.
    async fn free_slug(
        &self,
        unit: &mut dyn WriteUnit,
        draft: &CredentialDraft,
    ) -> Result<Slug, EngineError> {
        if let Some(slug) = &draft.slug {
            return Ok(slug.clone());
        }
        let suggested = Slug::from_name(draft.settings.name.as_str(), self.random());
        let mut slug = suggested.clone();
        for number in 2..MOST_NUMBERS {
            if unit.credentials().by_slug(&slug).await?.is_none() {
                return Ok(slug);
            }
            slug = suggested.numbered(number);
        }
        // so many of one name are made by programs, which do not read slugs aloud
        let mut tail = [0; 4];
        self.random().fill(&mut tail);
        Ok(suggested.numbered(u32::from_be_bytes(tail)))
    }
}

/// A new credential has nothing that could be kept.
pub(crate) fn nothing_kept(draft: &CredentialDraft) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if matches!(draft.authentication.secret(), SecretInput::Keep) {
        faults.push(secret_missing());
    }
    for (place, list) in [
        ("parameters", &draft.parameters),
        ("headers", &draft.headers),
    ] {
        for (position, parameter) in list.iter().enumerate() {
            if matches!(parameter.value, ParameterInput::Keep) {
                faults.push(value_missing(place, position));
            }
        }
    }
    faults
}

fn secret_missing() -> FieldError {
    Invalid::new("required", "the client secret is expected").at("/client_secret")
}

/// A secret parameter or header without value, where none is kept.
pub(crate) fn value_missing(place: &str, position: usize) -> FieldError {
    Invalid::new(
        "required",
        "a value is expected, none is kept under this name",
    )
    .at(format!("/{place}/{position}/value"))
}

/// Says which field holds the value that is taken.
pub(super) fn taken(error: StoreError) -> EngineError {
    let (pointer, detail) = match &error {
        StoreError::Taken(Taken::Name) => (
            "/name",
            "a name that no other credential has is expected, without regard to case",
        ),
        StoreError::Taken(Taken::Slug) => {
            ("/slug", "a slug that no other credential has is expected")
        }
        _ => return EngineError::Store(error),
    };
    EngineError::field(Invalid::new("taken", detail).at(pointer))
}
