//! Adds, changes and deletes secret sources.

use std::sync::Arc;

use grantd_model::secret_reference::SourceName;
use grantd_model::source::SourceKind;
use grantd_model::{
    Action, Actor, AuditAction, Change, FieldError, Invalid, ObjectId, Revision, Secret,
    SecretEntry, SecretInput, SecretValue, Source, SourceDraft, SourceId, SourceSettings,
    Timestamp, Visibility,
};
use grantd_secrets::{SourceError, Vault};
use grantd_store::{CredentialQuery, CredentialSort, PageRequest, StoreError, Taken, WriteUnit};

use super::ahead::SourcesAhead;
use super::check::{self, SourceSecretInput};
use super::list::missing;
use super::own_secret::{GivenSecret, place};
use super::told::{differences, summary};
use crate::directory::Effect;
use crate::{Engine, EngineError, access};

/// How many of those that need a source are named.
const MOST_NAMED: u32 = 10;

impl Engine {
    /// Adds a secret source. A wrapped secret id is unwrapped here, once.
    ///
    /// # Errors
    /// Without a grant to administer; when values are wrong, or the name is taken.
    pub async fn create_source(
        &self,
        actor: &Actor,
        name: SourceName,
        draft: &SourceDraft,
        input: SourceSecretInput,
    ) -> Result<Source, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let settings = draft.parse().map_err(EngineError::Fields)?;
        if self.parts().sources.bounds(&name).is_some() {
            return Err(taken(StoreError::Taken(Taken::Name)));
        }
        let mut unit = self.parts().store.read().await?;
        let all = unit.sources().all().await?;
        drop(unit);
        let sources = self.sources_ahead();
        source_faults((&name, None), &settings, &input, &sources, &all)?;
        let secret = self.unwrapped(&settings.kind, input).await?;
        let mut unit = self.parts().store.write().await?;
        let source = self
            .insert_source(unit.as_mut(), actor, name, settings, secret)
            .await?;
        self.commit(unit, Effect::SourceChanged(Box::new(source.clone())))
            .await?;
        Ok(source)
    }

    /// Adds a source that was checked within a unit, and records it there.
    pub(crate) async fn insert_source(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        name: SourceName,
        settings: SourceSettings,
        secret: Option<SecretInput>,
    ) -> Result<Source, EngineError> {
        let now = self.now();
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        let id = SourceId::new(now, self.random());
        let secret = self.source_entry(id, (&settings, 0), secret, &change)?;
        let source = Source {
            id,
            name,
            revision: Revision::FIRST,
            settings,
            secret_counter: secret.as_ref().map_or(0, |entry| entry.version),
            secret,
            created: change.clone(),
            updated: change,
        };
        self.sees_way(unit, &source).await?;
        unit.sources().insert(&source).await.map_err(taken)?;
        let action = AuditAction::SourceCreate;
        self.record_source(unit, now, actor, (action, &source), summary(&source))
            .await?;
        Ok(source)
    }

    /// Replaces the settings of a secret source, and its secret unless that is kept. Tokens that were made
    /// with its secrets are dropped where the source is another one now, or serves less.
    ///
    /// # Errors
    /// As [`Engine::create_source`]; when the revision is not the expected one, or the secret is kept
    /// although it would go elsewhere.
    pub async fn update_source(
        &self,
        actor: &Actor,
        name: &SourceName,
        expected: Revision,
        draft: &SourceDraft,
        input: SourceSecretInput,
    ) -> Result<Source, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.read().await?;
        let before = unit.sources().by_name(name).await?;
        let before = before.ok_or_else(|| missing(name))?;
        let all = unit.sources().all().await?;
        drop(unit);
        stale(&before, expected)?;
        let settings = draft.parse().map_err(EngineError::Fields)?;
        let sources = self.sources_ahead();
        source_faults((name, Some(&before)), &settings, &input, &sources, &all)?;
        let secret = self.unwrapped(&settings.kind, input).await?;
        let Some(after) = self.changed_source(actor, &before, settings, secret)? else {
            return Ok(before);
        };
        let mut unit = self.parts().store.write().await?;
        self.put_changed_source(unit.as_mut(), actor, &before, &after)
            .await?;
        self.commit_all(unit, effects(&before, &after)).await?;
        Ok(after)
    }

    /// Puts what became of a source in its place, and records it.
    pub(crate) async fn put_changed_source(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        before: &Source,
        after: &Source,
    ) -> Result<(), EngineError> {
        self.sees_way(unit, after).await?;
        unit.sources().update(after, before.revision).await?;
        let (at, action) = (after.updated.at, AuditAction::SourceUpdate);
        let detail = differences(before, after);
        self.record_source(unit, at, actor, (action, after), detail)
            .await
    }

    /// Deletes a secret source that nothing needs.
    ///
    /// # Errors
    /// Without a grant to administer; when credentials or other sources need it, or the revision is not the
    /// expected one.
    pub async fn delete_source(
        &self,
        actor: &Actor,
        name: &SourceName,
        expected: Revision,
    ) -> Result<(), EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let source = unit.sources().by_name(name).await?;
        let source = source.ok_or_else(|| missing(name))?;
        stale(&source, expected)?;
        if let Some(told) = users_told(unit.as_mut(), name, now).await? {
            return Err(EngineError::InUse(format!(
                "the secret source `{name}` is needed by {told}; let them take their secrets elsewhere first"
            )));
        }
        unit.sources().delete(source.id, expected).await?;
        let action = AuditAction::SourceDelete;
        let detail = vec![("name".to_owned(), name.to_string())];
        self.record_source(unit.as_mut(), now, actor, (action, &source), detail)
            .await?;
        self.commit(unit, Effect::SourceGone(name.clone())).await
    }

    /// The secret itself, where a wrapping token was given.
    async fn unwrapped(
        &self,
        kind: &SourceKind,
        input: SourceSecretInput,
    ) -> Result<Option<SecretInput>, EngineError> {
        match (input.secret, kind) {
            (Some(SecretInput::Internal(wrapped)), SourceKind::Vault(settings))
                if input.is_wrapped =>
            {
                let vault = Vault::new(
                    settings.clone(),
                    Arc::new(GivenSecret(wrapped.clone())),
                    Arc::clone(&self.parts().outbound),
                    Arc::clone(&self.parts().clock),
                );
                let unwrapped = vault.unwrap_secret_id(&wrapped).await;
                let secret =
                    unwrapped.map_err(|error| EngineError::Fields(vec![not_unwrapped(&error)]))?;
                Ok(Some(SecretInput::Internal(secret)))
            }
            (secret, _) => Ok(secret),
        }
    }

    fn source_entry(
        &self,
        id: SourceId,
        (settings, counter): (&SourceSettings, u32),
        input: Option<SecretInput>,
        set: &Change,
    ) -> Result<Option<SecretEntry>, EngineError> {
        let version = counter.saturating_add(1);
        let value = match input {
            None | Some(SecretInput::Keep) => return Ok(None),
            Some(SecretInput::External(reference)) => SecretValue::External(reference),
            Some(SecretInput::Internal(secret)) => {
                let place = place(id, version, &settings.kind.origin());
                let trimmed = Secret::from(secret.expose().trim());
                SecretValue::Internal(self.parts().sealer.seal(&place, &trimmed)?)
            }
        };
        Ok(Some(SecretEntry {
            version,
            value,
            set: set.clone(),
            last_used_at: None,
        }))
    }

    /// What settings and secret make of a source; none if they change nothing.
    pub(crate) fn changed_source(
        &self,
        actor: &Actor,
        before: &Source,
        settings: SourceSettings,
        input: Option<SecretInput>,
    ) -> Result<Option<Source>, EngineError> {
        let change = Change {
            at: self.now(),
            by: actor.reference(),
        };
        let keeps = matches!(input, Some(SecretInput::Keep)) && settings.kind.takes_secret();
        let counter = (&settings, before.secret_counter);
        let new = self.source_entry(before.id, counter, input, &change)?;
        let secret_counter = new
            .as_ref()
            .map_or(before.secret_counter, |entry| entry.version);
        let after = Source {
            secret: if keeps { before.secret.clone() } else { new },
            secret_counter,
            revision: before.revision.next(),
            settings,
            updated: change,
            ..before.clone()
        };
        let is_same = after.settings == before.settings && after.secret == before.secret;
        Ok((!is_same).then_some(after))
    }

    pub(super) async fn record_source(
        &self,
        unit: &mut dyn WriteUnit,
        now: Timestamp,
        actor: &Actor,
        (action, source): (AuditAction, &Source),
        detail: Vec<(String, String)>,
    ) -> Result<(), EngineError> {
        let object = (ObjectId::from(source.id), source.name.as_str());
        self.record(unit, now, actor, action, object, detail)
            .await?;
        Ok(())
    }
}

/// Checks settings and secret together.
pub(crate) fn source_faults(
    of: (&SourceName, Option<&Source>),
    settings: &SourceSettings,
    input: &SourceSecretInput,
    sources: &SourcesAhead<'_>,
    all: &[Source],
) -> Result<(), EngineError> {
    let faults = check::source(of, settings, input, sources, all);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(EngineError::Fields(faults))
    }
}

/// What a changed source means for what is in use: tokens are dropped where it is another one now, or
/// serves less.
pub(crate) fn effects(before: &Source, after: &Source) -> Vec<Effect> {
    let mut effects = vec![Effect::SourceChanged(Box::new(after.clone()))];
    let serves_other = before.settings.kind != after.settings.kind
        || before.settings.bounds != after.settings.bounds;
    if serves_other {
        effects.push(Effect::SourceServesOther(after.name.clone()));
    }
    effects
}

/// Who needs a source, for people; none if nobody does.
async fn users_told(
    unit: &mut dyn WriteUnit,
    name: &SourceName,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let query = CredentialQuery {
        part: None,
        enabled: None,
        standing: None,
        labels: None,
        source: Some(name.clone()),
        now,
        visibility: Visibility::All,
        sort: CredentialSort::Name,
        descending: false,
        page: PageRequest {
            limit: MOST_NAMED,
            after: None,
        },
    };
    let page = unit.credentials().page(&query).await?;
    let mut told: Vec<String> = page
        .items
        .iter()
        .map(|listed| format!("the credential `{}`", listed.credential.slug))
        .collect();
    if page.next.is_some() {
        told.push("more credentials".to_owned());
    }
    let all = unit.sources().all().await?;
    told.extend(
        all.iter()
            .filter(|other| other.needs() == Some(name))
            .map(|other| format!("the source `{}`", other.name)),
    );
    Ok((!told.is_empty()).then(|| told.join(", ")))
}

fn not_unwrapped(error: &SourceError) -> FieldError {
    Invalid::new("not_unwrapped", error.to_string()).at("/secret")
}

fn stale(source: &Source, expected: Revision) -> Result<(), EngineError> {
    if source.revision == expected {
        Ok(())
    } else {
        Err(EngineError::Stale {
            current: source.revision,
        })
    }
}

pub(crate) fn taken(error: StoreError) -> EngineError {
    match error {
        StoreError::Taken(_) => EngineError::field(
            Invalid::new(
                "taken",
                "a name that no other secret source has is expected",
            )
            .at("/name"),
        ),
        error => EngineError::Store(error),
    }
}
