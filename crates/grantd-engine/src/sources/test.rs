//! Tries whether a secret can be read, and whether a source lets grantd in.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::secret_reference::SourceName;
use grantd_model::source::SourceKind;
use grantd_model::{
    Action, Actor, AuditAction, Change, Invalid, ObjectId, SecretEntry, SecretInput,
    SecretReference, SecretValue, SourceDraft, SourceId, Timestamp,
};
use grantd_secrets::{Destination, OwnSecret, SourceError};

use super::change::source_faults;
use super::check::SourceSecretInput;
use super::own_secret::{GivenSecret, KeptSecret};
use crate::directory::Effect;
use crate::{Engine, EngineError, access};

/// How a try went.
#[derive(Debug)]
pub struct SourceTest {
    /// What was found of the secret, or what went wrong. Nothing was looked for if absent.
    pub outcome: Result<Option<FoundSecret>, SourceError>,
    /// How long it took.
    pub took: Duration,
}

/// A secret that can be read; never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSecret {
    /// What the source calls this version of it.
    pub version: Option<String>,
    /// When this version was made, where the source tells.
    pub changed_at: Option<Timestamp>,
    /// Whether it ends with a line end, which is a part of it.
    pub ends_with_line_end: bool,
}

impl Engine {
    /// Tries whether a secret can be read, to be sent to this destination.
    ///
    /// # Errors
    /// Without a grant to manage something. That it can not be read is the outcome.
    pub async fn test_reference(
        &self,
        actor: &Actor,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<SourceTest, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        if let Err((member, fault)) = reference.check() {
            return Err(EngineError::field(fault.at(member)));
        }
        let begun = self.since_boot();
        let read = self.parts().sources.test(reference, destination).await;
        let took = self.since_boot().saturating_sub(begun);
        let outcome = read.map(|read| {
            Some(FoundSecret {
                version: read.version,
                changed_at: read.changed_at,
                ends_with_line_end: read.ends_with_line_end,
            })
        });
        let test = SourceTest { outcome, took };
        let detail = vec![("path".to_owned(), reference.path.clone())];
        self.record_test(actor, (None, &reference.source), detail, &test)
            .await?;
        Ok(test)
    }

    /// Tries whether a source with these settings lets grantd in, and whether it holds a secret. A wrapping
    /// token is good for one time, so it is looked at and not opened.
    ///
    /// # Errors
    /// Without a grant to administer; when values are wrong. That it does not let grantd in is the outcome.
    pub async fn test_source(
        &self,
        actor: &Actor,
        name: &SourceName,
        draft: &SourceDraft,
        input: SourceSecretInput,
        wanted: Option<SecretReference>,
    ) -> Result<SourceTest, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let settings = draft.parse().map_err(EngineError::Fields)?;
        let mut unit = self.parts().store.read().await?;
        let all = unit.sources().all().await?;
        drop(unit);
        let before = all.iter().find(|source| source.name == *name);
        let sources = self.sources_ahead();
        source_faults((name, before), &settings, &input, &sources, &all)?;
        let kind = &settings.kind;
        if matches!(kind, SourceKind::Https(_)) && wanted.is_none() {
            let detail = "the path of a secret is expected: a service is tried by reading one";
            let fault = Invalid::new("required", detail).at("/reference/path");
            return Err(EngineError::field(fault));
        }
        let kept = |entry| -> Arc<dyn OwnSecret> {
            Arc::new(KeptSecret {
                id: before.map_or_else(|| SourceId::new(self.now(), self.random()), |it| it.id),
                name: name.clone(),
                origin: kind.origin(),
                entry,
                sealer: Arc::clone(&self.parts().sealer),
                sources: Arc::downgrade(&self.parts().sources),
            })
        };
        let wrapped = match &input.secret {
            Some(SecretInput::Internal(secret)) if input.is_wrapped => Some(secret.clone()),
            _ => None,
        };
        let own: Arc<dyn OwnSecret> = match input.secret {
            Some(SecretInput::Internal(secret)) => Arc::new(GivenSecret(secret)),
            Some(SecretInput::External(reference)) => kept(Some(SecretEntry {
                version: 0,
                value: SecretValue::External(reference),
                set: Change {
                    at: self.now(),
                    by: actor.reference(),
                },
                last_used_at: None,
            })),
            Some(SecretInput::Keep) => kept(before.and_then(|it| it.secret.clone())),
            None => kept(None),
        };
        let reader = self.reader(kind, Arc::clone(&own));
        let begun = self.since_boot();
        let outcome = async {
            if let (Some(wrapped), SourceKind::Vault(vault)) = (&wrapped, kind) {
                // it is good for one time: seen from outside, and neither opened nor signed in with
                let vault = self.vault(vault, Arc::clone(&own));
                return vault.check_wrapped(wrapped).await.map(|()| None);
            }
            reader.probe().await?;
            let Some(wanted) = &wanted else {
                return Ok(None);
            };
            reader.check(wanted)?;
            let read = reader.read(wanted).await?.part(wanted)?;
            Ok(Some(FoundSecret {
                ends_with_line_end: read.value.expose().ends_with('\n'),
                version: read.version,
                changed_at: read.changed_at,
            }))
        };
        let outcome = outcome.await;
        let took = self.since_boot().saturating_sub(begun);
        let test = SourceTest { outcome, took };
        let detail = vec![("origin".to_owned(), kind.origin().to_string())];
        let id = before.map(|it| it.id);
        self.record_test(actor, (id, name), detail, &test).await?;
        Ok(test)
    }

    async fn record_test(
        &self,
        actor: &Actor,
        (id, name): (Option<SourceId>, &SourceName),
        mut detail: Vec<(String, String)>,
        test: &SourceTest,
    ) -> Result<(), EngineError> {
        let result = match &test.outcome {
            Ok(_) => "ok",
            Err(error) => error.class(),
        };
        detail.push(("result".to_owned(), result.to_owned()));
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let id = match id {
            Some(id) => id,
            None => match unit.sources().by_name(name).await? {
                Some(source) => source.id,
                // one that the configuration declares, or that is not there yet
                None => SourceId::new(now, self.random()),
            },
        };
        let object = (ObjectId::from(id), name.as_str());
        let action = AuditAction::SourceTest;
        self.record(unit.as_mut(), now, actor, action, object, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await
    }
}
