//! Adds, changes, stops and deletes listeners.

use grantd_model::{
    Action, Actor, AuditAction, Change, Invalid, Listener, ListenerDraft, ListenerId,
    ListenerSettings, ObjectId, Revision, Slug,
};
use grantd_store::{StoreError, Taken, WriteUnit};

use super::find::find_for;
use crate::directory::Effect;
use crate::{Engine, EngineError, ListenerRef, access};

/// How many numbers are tried behind a slug that is taken.
const MOST_NUMBERS: u32 = 32;

impl Engine {
    /// Adds a listener; it begins at once.
    ///
    /// # Errors
    /// Without a grant to manage what carries its labels and to use its credential; when values are
    /// wrong, its name or slug is taken, or mailbox or host are beyond what an admin allows.
    pub async fn create_listener(
        &self,
        actor: &Actor,
        slug: Option<Slug>,
        draft: &ListenerDraft,
    ) -> Result<Listener, EngineError> {
        self.add_listener(actor, slug, draft, false).await
    }

    /// Adds a listener that does nothing until it is resumed.
    ///
    /// # Errors
    /// As [`Engine::create_listener`].
    pub async fn create_paused_listener(
        &self,
        actor: &Actor,
        slug: Option<Slug>,
        draft: &ListenerDraft,
    ) -> Result<Listener, EngineError> {
        self.add_listener(actor, slug, draft, true).await
    }

    async fn add_listener(
        &self,
        actor: &Actor,
        slug: Option<Slug>,
        draft: &ListenerDraft,
        paused: bool,
    ) -> Result<Listener, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        let mut unit = self.parts().store.read().await?;
        let (settings, _) = self
            .read_draft(unit.credentials().as_mut(), actor, draft)
            .await?;
        drop(unit);
        let id = self.check_new_listener(actor, &settings)?;
        let mut unit = self.parts().store.write().await?;
        let listener = self
            .insert_listener(unit.as_mut(), actor, (id, slug), settings, paused)
            .await?;
        self.commit(unit, Effect::Listeners).await?;
        Ok(listener)
    }

    /// Checks that the actor may have such a listener, and gives it its id.
    pub(crate) fn check_new_listener(
        &self,
        actor: &Actor,
        settings: &ListenerSettings,
    ) -> Result<ListenerId, EngineError> {
        let id = ListenerId::new(self.now(), self.random());
        access::on_future(actor, Action::Manage, &ObjectId::from(id), &settings.labels)?;
        Ok(id)
    }

    /// Adds a listener that was checked within a unit, and records it there.
    pub(crate) async fn insert_listener(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        (id, slug): (ListenerId, Option<Slug>),
        settings: ListenerSettings,
        paused: bool,
    ) -> Result<Listener, EngineError> {
        let now = self.now();
        let slug = match slug {
            Some(slug) => slug,
            None => {
                self.free_listener_slug(unit, settings.name.as_str())
                    .await?
            }
        };
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        let listener = Listener {
            id,
            slug,
            revision: Revision::FIRST,
            settings,
            paused,
            created: change.clone(),
            updated: change,
        };
        unit.listeners().insert(&listener).await.map_err(taken)?;
        let action = AuditAction::ListenerCreate;
        self.record_listener(unit, actor, &listener, (action, summary(&listener)))
            .await?;
        Ok(listener)
    }

    /// Replaces the settings of a listener. Where it watches another folder or mailbox from then on,
    /// it begins anew.
    ///
    /// # Errors
    /// As [`Engine::create_listener`]; when the revision is not the expected one.
    pub async fn update_listener(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        expected: Revision,
        draft: &ListenerDraft,
    ) -> Result<Listener, EngineError> {
        let mut unit = self.parts().store.read().await?;
        find_for(unit.listeners().as_mut(), actor, Action::Manage, wanted).await?;
        let (settings, _) = self
            .read_draft(unit.credentials().as_mut(), actor, draft)
            .await?;
        drop(unit);
        let mut unit = self.parts().store.write().await?;
        let before = find_for(unit.listeners().as_mut(), actor, Action::Manage, wanted).await?;
        access::on_future(
            actor,
            Action::Manage,
            &ObjectId::from(before.id),
            &settings.labels,
        )?;
        stale(&before, expected)?;
        if settings == before.settings {
            return Ok(before);
        }
        let after = self
            .put_settings(unit.as_mut(), actor, &before, settings)
            .await?;
        self.commit(unit, Effect::Listeners).await?;
        Ok(after)
    }

    /// Gives a listener other settings within a unit, and records it there.
    pub(crate) async fn put_settings(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        before: &Listener,
        settings: ListenerSettings,
    ) -> Result<Listener, EngineError> {
        let after = Listener {
            settings,
            revision: before.revision.next(),
            updated: Change {
                at: self.now(),
                by: actor.reference(),
            },
            ..before.clone()
        };
        let updated = unit.listeners().update(&after, before.revision).await;
        updated.map_err(taken)?;
        let (action, detail) = (AuditAction::ListenerUpdate, differences(before, &after));
        self.record_listener(unit, actor, &after, (action, detail))
            .await?;
        Ok(after)
    }

    /// Stops a listener for a while, or lets it go on; one that is so already stays as it is.
    ///
    /// # Errors
    /// Without a grant to manage it.
    pub async fn pause_listener(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        paused: bool,
    ) -> Result<Listener, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let before = find_for(unit.listeners().as_mut(), actor, Action::Manage, wanted).await?;
        if before.paused == paused {
            return Ok(before);
        }
        let after = self
            .put_paused(unit.as_mut(), actor, &before, paused)
            .await?;
        self.commit(unit, Effect::Listeners).await?;
        Ok(after)
    }

    /// Stops a listener within a unit or lets it go on, and records it there.
    pub(crate) async fn put_paused(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        before: &Listener,
        paused: bool,
    ) -> Result<Listener, EngineError> {
        let after = Listener {
            paused,
            revision: before.revision.next(),
            updated: Change {
                at: self.now(),
                by: actor.reference(),
            },
            ..before.clone()
        };
        unit.listeners().update(&after, before.revision).await?;
        let action = if paused {
            AuditAction::ListenerPause
        } else {
            AuditAction::ListenerResume
        };
        self.record_listener(unit, actor, &after, (action, Vec::new()))
            .await?;
        Ok(after)
    }

    /// Deletes a listener with all that it remembers. What it delivered stays where it is.
    ///
    /// # Errors
    /// Without a grant to manage it; when the revision is not the expected one.
    pub async fn delete_listener(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        expected: Revision,
    ) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let listener = find_for(unit.listeners().as_mut(), actor, Action::Manage, wanted).await?;
        stale(&listener, expected)?;
        unit.listeners().delete(listener.id, expected).await?;
        let detail = vec![("slug".to_owned(), listener.slug.to_string())];
        self.put_listener(
            unit,
            actor,
            &listener,
            (AuditAction::ListenerDelete, detail),
        )
        .await
    }

    pub(super) async fn put_listener(
        &self,
        mut unit: Box<dyn WriteUnit>,
        actor: &Actor,
        listener: &Listener,
        (action, detail): (AuditAction, Vec<(String, String)>),
    ) -> Result<(), EngineError> {
        self.record_listener(unit.as_mut(), actor, listener, (action, detail))
            .await?;
        self.commit(unit, Effect::Listeners).await
    }

    async fn record_listener(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        listener: &Listener,
        (action, detail): (AuditAction, Vec<(String, String)>),
    ) -> Result<(), EngineError> {
        let object = (ObjectId::from(listener.id), listener.settings.name.as_str());
        let now = self.now();
        self.record(unit, now, actor, action, object, detail)
            .await?;
        Ok(())
    }

    async fn free_listener_slug(
        &self,
        unit: &mut dyn WriteUnit,
        name: &str,
    ) -> Result<Slug, EngineError> {
        let suggested = Slug::from_name(name, self.random());
        let mut slug = suggested.clone();
        for number in 2..MOST_NUMBERS {
            if unit.listeners().by_slug(&slug).await?.is_none() {
                return Ok(slug);
            }
            slug = suggested.numbered(number);
        }
        let mut tail = [0; 4];
        self.random().fill(&mut tail);
        Ok(suggested.numbered(u32::from_be_bytes(tail)))
    }
}

fn stale(listener: &Listener, expected: Revision) -> Result<(), EngineError> {
    if listener.revision == expected {
        Ok(())
    } else {
        Err(EngineError::Stale {
            current: listener.revision,
        })
    }
}

fn taken(error: StoreError) -> EngineError {
    let (pointer, detail) = match &error {
        StoreError::Taken(Taken::Name) => (
            "/name",
            "a name that no other email listener has is expected, without regard to case",
        ),
        StoreError::Taken(Taken::Slug) => (
            "/slug",
            "a slug that no other email listener has is expected",
        ),
        _ => return EngineError::Store(error),
    };
    EngineError::field(Invalid::new("taken", detail).at(pointer))
}

/// What a new listener is about.
fn summary(listener: &Listener) -> Vec<(String, String)> {
    let draft = ListenerDraft::of(&listener.settings);
    [
        ("slug", listener.slug.to_string()),
        ("credential", draft.credential),
        ("mailbox", draft.mailbox),
        ("folder", draft.folder),
        (
            "delivery",
            format!("{} {}", draft.delivery.kind, draft.delivery.spool),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Each member that is another one, as `before → after`.
fn differences(before: &Listener, after: &Listener) -> Vec<(String, String)> {
    let document = |listener: &Listener| {
        let draft = ListenerDraft::of(&listener.settings);
        serde_json::to_value(draft).unwrap_or_default()
    };
    let (before, after) = (document(before), document(after));
    let members = after.as_object().into_iter().flatten();
    members
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| {
            let text = |value: Option<&serde_json::Value>| match value {
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => String::new(),
            };
            let change = match name.as_str() {
                "ca_bundle" | "description" => "changed".to_owned(),
                _ => format!("{} → {}", text(before.get(name)), text(Some(value))),
            };
            (name.clone(), change)
        })
        .collect()
}
