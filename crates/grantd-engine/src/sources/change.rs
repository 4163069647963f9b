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
        self.source_faults((&name, None), &settings, &input, &all)?;
        let now = self.now();
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        let id = SourceId::new(now, self.random());
        let input = self.unwrapped(&settings.kind, input).await?;
        let secret = self.source_entry(id, (&settings, 0), input, &change)?;
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
        let mut unit = self.parts().store.write().await?;
        self.sees_way(unit.as_mut(), &source).await?;
        unit.sources().insert(&source).await.map_err(taken)?;
        let action = AuditAction::SourceCreate;
        self.record_source(
            unit.as_mut(),
            now,
            actor,
            (action, &source),
            summary(&source),
        )
        .await?;
        self.commit(unit, Effect::SourceChanged(Box::new(source.clone())))
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
        self.source_faults((name, Some(&before)), &settings, &input, &all)?;
        let input = self.unwrapped(&settings.kind, input).await?;
        let now = self.now();
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        let after = self.changed_source(&before, settings, input, change)?;
        if after.settings == before.settings && after.secret == before.secret {
            return Ok(before);
        }
        let detail = differences(&before, &after);
        let mut unit = self.parts().store.write().await?;
        self.sees_way(unit.as_mut(), &after).await?;
        unit.sources().update(&after, expected).await?;
        let action = AuditAction::SourceUpdate;
        self.record_source(unit.as_mut(), now, actor, (action, &after), detail)
            .await?;
        self.commit(unit, Effect::SourceChanged(Box::new(after.clone())))
            .await?;
        let serves_other = before.settings.kind != after.settings.kind
            || before.settings.bounds != after.settings.bounds;
        if serves_other {
            self.drop_tokens_of(|reference| reference.source == *name);
        }
        Ok(after)
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

    pub(super) fn source_faults(
        &self,
        of: (&SourceName, Option<&Source>),
        settings: &SourceSettings,
        input: &SourceSecretInput,
        all: &[Source],
    ) -> Result<(), EngineError> {
        let faults = check::source(of, settings, input, &self.parts().sources, all);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(EngineError::Fields(faults))
        }
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

    fn changed_source(
        &self,
        before: &Source,
        settings: SourceSettings,
        input: Option<SecretInput>,
        change: Change,
    ) -> Result<Source, EngineError> {
        let keeps = matches!(input, Some(SecretInput::Keep)) && settings.kind.takes_secret();
        let counter = (&settings, before.secret_counter);
        let new = self.source_entry(before.id, counter, input, &change)?;
        let secret_counter = new
            .as_ref()
            .map_or(before.secret_counter, |entry| entry.version);
        Ok(Source {
            secret: if keeps { before.secret.clone() } else { new },
            secret_counter,
            revision: before.revision.next(),
            settings,
            updated: change,
            ..before.clone()
        })
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

fn taken(error: StoreError) -> EngineError {
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
