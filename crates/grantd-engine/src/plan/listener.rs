//! The email listeners of a plan.

use grantd_model::{Action, Credential, FieldError, Invalid, Listener, ObjectId, Revision};

use super::run::{Run, settled};
use super::{PlanItem, PlanOutcome, ThingKind, Wanted, WantedListener, told};
use crate::directory::Effect;
use crate::{EngineError, access};

impl Run<'_> {
    /// Plans the listeners; those that are there come first.
    pub(super) async fn listeners(
        &mut self,
        wanted: Vec<Wanted<WantedListener>>,
    ) -> Result<(), EngineError> {
        let mut new = Vec::new();
        for Wanted { name, thing } in wanted {
            let thing = match thing {
                Ok(thing) => thing,
                Err(faults) => {
                    self.listener_item(name, None, PlanOutcome::Refused(faults));
                    continue;
                }
            };
            let before = self.unit.listeners().by_slug(&thing.slug).await?;
            match before {
                None => new.push((name, thing)),
                Some(before) => {
                    let (id, labels) = (ObjectId::from(before.id), &before.settings.labels);
                    let is_seen = self.actor.may(Action::Read, &id, labels);
                    let revision = is_seen.then_some(before.revision);
                    let outcome = settled(self.change_listener(before, thing).await)?;
                    self.listener_item(name, revision, outcome);
                }
            }
        }
        for (name, thing) in new {
            let outcome = settled(self.add_listener(thing).await)?;
            self.listener_item(name, None, outcome);
        }
        Ok(())
    }

    fn listener_item(&mut self, name: String, revision: Option<Revision>, outcome: PlanOutcome) {
        self.items.push(PlanItem {
            kind: ThingKind::Listener,
            name,
            revision,
            outcome,
        });
    }

    async fn add_listener(&mut self, wanted: WantedListener) -> Result<PlanOutcome, EngineError> {
        let WantedListener {
            slug,
            draft,
            paused,
        } = wanted;
        access::somewhere(self.actor, Action::Manage)?;
        self.waits_for_no_refused(&draft.credential)?;
        let (engine, actor) = (self.engine, self.actor);
        let read = engine
            .read_draft(self.unit.credentials().as_mut(), actor, &draft)
            .await;
        let (settings, credential) = read?;
        let id = engine.check_new_listener(actor, &settings)?;
        let paused = paused.unwrap_or(false);
        let added = engine
            .insert_listener(self.unit, actor, (id, Some(slug)), settings, paused)
            .await?;
        self.effects.push(Effect::Listeners);
        let named = self.named(&credential);
        let changes = told::of_listener(None, &added, (&named, &named));
        Ok(PlanOutcome::Create(changes))
    }

    async fn change_listener(
        &mut self,
        before: Listener,
        wanted: WantedListener,
    ) -> Result<PlanOutcome, EngineError> {
        let (engine, actor) = (self.engine, self.actor);
        let id = ObjectId::from(before.id);
        if !actor.may(Action::Manage, &id, &before.settings.labels) {
            return Err(not_managed(actor, &before));
        }
        self.waits_for_no_refused(&wanted.draft.credential)?;
        let read = engine
            .read_draft(self.unit.credentials().as_mut(), actor, &wanted.draft)
            .await;
        let (settings, credential) = read?;
        access::on_future(actor, Action::Manage, &id, &settings.labels)?;
        let used = before.settings.credential;
        let used = self.unit.credentials().by_id(used).await?;
        let used = used.map_or_else(String::new, |used| self.named(&used));
        let mut after = before.clone();
        if settings != before.settings {
            after = engine
                .put_settings(self.unit, actor, &before, settings)
                .await?;
        }
        if let Some(paused) = wanted.paused
            && paused != after.paused
        {
            after = engine.put_paused(self.unit, actor, &after, paused).await?;
        }
        if after == before {
            return Ok(PlanOutcome::Unchanged);
        }
        self.effects.push(Effect::Listeners);
        let named = self.named(&credential);
        let changes = told::of_listener(Some(&before), &after, (&used, &named));
        Ok(PlanOutcome::Update(changes))
    }

    /// A credential as the actor may know it: by its slug, or by the id that the listener shows.
    fn named(&self, credential: &Credential) -> String {
        match access::on_credential(self.actor, Action::Read, credential) {
            Ok(()) => credential.slug.to_string(),
            Err(_) => credential.id.to_string(),
        }
    }

    /// A credential of the same document that is refused is told there, and not once more as unknown.
    fn waits_for_no_refused(&self, credential: &str) -> Result<(), EngineError> {
        if self.refuses(ThingKind::Credential, credential) {
            let detail = format!("the credential `{credential}` of this document is refused");
            return Err(EngineError::field(credential_refused(detail)));
        }
        Ok(())
    }
}

fn credential_refused(detail: String) -> FieldError {
    Invalid::new("refused_credential", detail).at("/credential")
}

fn not_managed(actor: &grantd_model::Actor, listener: &Listener) -> EngineError {
    let (id, labels) = (ObjectId::from(listener.id), &listener.settings.labels);
    if actor.may(Action::Read, &id, labels) {
        return EngineError::Forbidden {
            action: Action::Manage,
            on: format!(" on the email listener `{}`", listener.slug),
        };
    }
    let detail = "a slug that no other email listener has is expected";
    EngineError::field(Invalid::new("taken", detail).at(""))
}
