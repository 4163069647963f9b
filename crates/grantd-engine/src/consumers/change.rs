//! Adds, changes, disables and deletes consumers.

use grantd_model::{
    Action, Actor, AuditAction, Change, Consumer, ConsumerDraft, ConsumerId, ConsumerSettings,
    Invalid, ObjectId, Revision, Slug,
};
use grantd_store::{ConsumerReader, StoreError, Taken, WriteUnit};

use super::bounds::ReadDraft;
use super::find::find_for;
use super::told::{differences, summary};
use crate::directory::Effect;
use crate::{ConsumerRef, Engine, EngineError, access};

/// How many numbers are tried behind a slug that is taken.
const MOST_NUMBERS: u32 = 32;

impl Engine {
    /// Adds a consumer; requests are let through at once.
    ///
    /// # Errors
    /// Without a grant to manage what carries its labels and to use its credential; when values are
    /// wrong, its name, its slug or one of its hosts is taken, or it sends to where the credential is not bound.
    pub async fn create_consumer(
        &self,
        actor: &Actor,
        slug: Option<Slug>,
        draft: &ConsumerDraft,
    ) -> Result<Consumer, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        let mut unit = self.parts().store.write().await?;
        let read = self
            .read_consumer_draft(unit.credentials().as_mut(), actor, None, draft)
            .await?;
        let id = ConsumerId::new(self.now(), self.random());
        let object = ObjectId::from(id);
        access::on_future(actor, Action::Manage, &object, &read.settings.labels)?;
        let slug = if let Some(slug) = slug {
            slug
        } else {
            let name = read.settings.name.as_str();
            self.free_consumer_slug(unit.as_mut(), name).await?
        };
        let consumer = self.built_consumer(actor, (id, slug), read)?;
        check_hosts(unit.consumers().as_mut(), id, &consumer.settings).await?;
        unit.consumers().insert(&consumer).await.map_err(taken)?;
        let action = (AuditAction::ConsumerCreate, summary(&consumer));
        self.put_consumer(unit, actor, &consumer, action).await?;
        Ok(consumer)
    }

    /// What a draft makes that was read.
    pub(super) fn built_consumer(
        &self,
        actor: &Actor,
        (id, slug): (ConsumerId, Slug),
        read: ReadDraft,
    ) -> Result<Consumer, EngineError> {
        let kept = self.kept_fields((id, None), &read.settings, read.fields)?;
        let (fields, secret_counter) = kept;
        let change = Change {
            at: self.now(),
            by: actor.reference(),
        };
        Ok(Consumer {
            id,
            slug,
            revision: Revision::FIRST,
            secret_counter,
            enabled: true,
            settings: read.settings,
            fields,
            created: change.clone(),
            updated: change,
        })
    }

    /// Replaces the settings of a consumer; secret header fields without a value stay as they are.
    ///
    /// # Errors
    /// As [`Engine::create_consumer`]; when the revision is not the expected one, or a secret value is kept although
    /// it would go elsewhere.
    pub async fn update_consumer(
        &self,
        actor: &Actor,
        wanted: &ConsumerRef,
        expected: Revision,
        draft: &ConsumerDraft,
    ) -> Result<Consumer, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let before = find_for(unit.consumers().as_mut(), actor, Action::Manage, wanted).await?;
        stale(&before, expected)?;
        let read = self
            .read_consumer_draft(unit.credentials().as_mut(), actor, Some(&before), draft)
            .await?;
        let after = self.changed_consumer(actor, &before, read)?;
        if after.settings == before.settings && after.fields == before.fields {
            return Ok(before);
        }
        check_hosts(unit.consumers().as_mut(), after.id, &after.settings).await?;
        let updated = unit.consumers().update(&after, expected).await;
        updated.map_err(taken)?;
        let action = (AuditAction::ConsumerUpdate, differences(&before, &after));
        self.put_consumer(unit, actor, &after, action).await?;
        Ok(after)
    }

    /// What a draft makes of a consumer, if the actor may do that to it.
    pub(super) fn changed_consumer(
        &self,
        actor: &Actor,
        before: &Consumer,
        read: ReadDraft,
    ) -> Result<Consumer, EngineError> {
        let id = before.id;
        let object = ObjectId::from(id);
        access::on_future(actor, Action::Manage, &object, &read.settings.labels)?;
        let kept = self.kept_fields((id, Some(before)), &read.settings, read.fields)?;
        let (fields, secret_counter) = kept;
        Ok(Consumer {
            settings: read.settings,
            fields,
            secret_counter,
            revision: before.revision.next(),
            updated: Change {
                at: self.now(),
                by: actor.reference(),
            },
            ..before.clone()
        })
    }

    /// Lets requests through a consumer again, or no more; one that is so already stays as it is.
    ///
    /// # Errors
    /// Without a grant to manage it.
    pub async fn set_consumer_enabled(
        &self,
        actor: &Actor,
        wanted: &ConsumerRef,
        enabled: bool,
    ) -> Result<Consumer, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let before = find_for(unit.consumers().as_mut(), actor, Action::Manage, wanted).await?;
        if before.enabled == enabled {
            return Ok(before);
        }
        let after = Consumer {
            enabled,
            revision: before.revision.next(),
            updated: Change {
                at: self.now(),
                by: actor.reference(),
            },
            ..before.clone()
        };
        unit.consumers().update(&after, before.revision).await?;
        let action = if enabled {
            AuditAction::ConsumerEnable
        } else {
            AuditAction::ConsumerDisable
        };
        self.put_consumer(unit, actor, &after, (action, Vec::new()))
            .await?;
        Ok(after)
    }

    /// Deletes a consumer with its secrets. Its slug may be used again, its id never is.
    ///
    /// # Errors
    /// Without a grant to manage it; when the revision is not the expected one.
    pub async fn delete_consumer(
        &self,
        actor: &Actor,
        wanted: &ConsumerRef,
        expected: Revision,
    ) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let consumer = find_for(unit.consumers().as_mut(), actor, Action::Manage, wanted).await?;
        stale(&consumer, expected)?;
        unit.consumers().delete(consumer.id, expected).await?;
        let detail = vec![("slug".to_owned(), consumer.slug.to_string())];
        let action = (AuditAction::ConsumerDelete, detail);
        self.put_consumer(unit, actor, &consumer, action).await
    }

    /// Records what was done to a consumer, and keeps it.
    async fn put_consumer(
        &self,
        mut unit: Box<dyn WriteUnit>,
        actor: &Actor,
        consumer: &Consumer,
        (action, detail): (AuditAction, Vec<(String, String)>),
    ) -> Result<(), EngineError> {
        let object = (ObjectId::from(consumer.id), consumer.settings.name.as_str());
        let now = self.now();
        self.record(unit.as_mut(), now, actor, action, object, detail)
            .await?;
        self.commit(unit, Effect::Consumers).await
    }

    async fn free_consumer_slug(
        &self,
        unit: &mut dyn WriteUnit,
        name: &str,
    ) -> Result<Slug, EngineError> {
        let suggested = Slug::from_name(name, self.random());
        let mut slug = suggested.clone();
        for number in 2..MOST_NUMBERS {
            if unit.consumers().by_slug(&slug).await?.is_none() {
                return Ok(slug);
            }
            slug = suggested.numbered(number);
        }
        let mut tail = [0; 4];
        self.random().fill(&mut tail);
        Ok(suggested.numbered(u32::from_be_bytes(tail)))
    }
}

fn stale(consumer: &Consumer, expected: Revision) -> Result<(), EngineError> {
    if consumer.revision == expected {
        Ok(())
    } else {
        Err(EngineError::Stale {
            current: consumer.revision,
        })
    }
}

/// Refuses hosts that another consumer has, each at its place.
async fn check_hosts<R: ConsumerReader + ?Sized>(
    consumers: &mut R,
    id: ConsumerId,
    settings: &ConsumerSettings,
) -> Result<(), EngineError> {
    let mut faults = Vec::new();
    for (place, host) in settings.hosts.iter().enumerate() {
        let holder = consumers.id_of_host(host).await?;
        if holder.is_some_and(|holder| holder != id) {
            faults.push(host_taken().at(format!("/hosts/{place}")));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(EngineError::Fields(faults))
    }
}

fn host_taken() -> Invalid {
    Invalid::new(
        "taken",
        "a host that no other HTTP consumer has is expected",
    )
}

fn taken(error: StoreError) -> EngineError {
    let fault = match &error {
        StoreError::Taken(Taken::Name) => {
            let detail =
                "a name that no other HTTP consumer has is expected, without regard to case";
            Invalid::new("taken", detail).at("/name")
        }
        StoreError::Taken(Taken::Slug) => {
            let detail = "a slug that no other HTTP consumer has is expected";
            Invalid::new("taken", detail).at("/slug")
        }
        StoreError::Taken(Taken::Host) => host_taken().at("/hosts"),
        _ => return EngineError::Store(error),
    };
    EngineError::field(fault)
}
