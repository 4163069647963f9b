//! The secret sources of a plan.

use std::collections::BTreeSet;

use grantd_model::{Action, Revision, SecretInput, SecretReference, SecretValue, Source};

use super::run::{Purpose, Run, settled};
use super::{PlanItem, PlanOutcome, ThingKind, Wanted, WantedSource, keep, told};
use crate::directory::Effect;
use crate::sources::change::{effects, source_faults, taken};
use crate::{EngineError, SourceSecretInput, access};

impl Run<'_> {
    /// Plans the sources. One that signs in with a secret of another one comes after it.
    pub(super) async fn sources(
        &mut self,
        wanted: Vec<Wanted<WantedSource>>,
    ) -> Result<(), EngineError> {
        for Wanted { name, thing } in in_turn(wanted) {
            let (revision, outcome) = match thing {
                Err(faults) => (None, PlanOutcome::Refused(faults)),
                Ok(thing) => {
                    let before = self.unit.sources().by_name(&thing.name).await?;
                    // sources are an admin's
                    let is_seen = self.actor.may_everywhere(Action::Admin);
                    let revision = before.as_ref().filter(|_| is_seen).map(|it| it.revision);
                    let outcome = match before {
                        Some(before) => self.change_source(&before, thing).await,
                        None => self.add_source(thing).await,
                    };
                    (revision, settled(outcome)?)
                }
            };
            self.source_item(name, revision, outcome);
        }
        Ok(())
    }

    fn source_item(&mut self, name: String, revision: Option<Revision>, outcome: PlanOutcome) {
        self.items.push(PlanItem {
            kind: ThingKind::Source,
            name,
            revision,
            outcome,
        });
    }

    async fn add_source(&mut self, wanted: WantedSource) -> Result<PlanOutcome, EngineError> {
        access::everywhere(self.actor, Action::Admin)?;
        let settings = wanted.draft.parse().map_err(EngineError::Fields)?;
        let engine = self.engine;
        if engine.parts().sources.is_declared(&wanted.name) {
            let taken_name = grantd_store::StoreError::Taken(grantd_store::Taken::Name);
            return Err(taken(taken_name));
        }
        let input = SourceSecretInput {
            secret: wanted.secret,
            is_wrapped: false,
        };
        let all = self.unit.sources().all().await?;
        let of = (&wanted.name, None);
        source_faults(of, &settings, &input, &self.sources, &all)?;
        let added = engine
            .insert_source(self.unit, self.actor, wanted.name, settings, input.secret)
            .await?;
        self.put_ahead(&added);
        let changes = told::of_source(None, &added);
        let effect = Effect::SourceChanged(Box::new(added));
        self.effects.push(effect);
        Ok(PlanOutcome::Create(changes))
    }

    async fn change_source(
        &mut self,
        before: &Source,
        wanted: WantedSource,
    ) -> Result<PlanOutcome, EngineError> {
        access::everywhere(self.actor, Action::Admin)?;
        let settings = wanted.draft.parse().map_err(EngineError::Fields)?;
        let engine = self.engine;
        let kept = before.secret.as_ref().map(|it| &it.value);
        let secret = match (wanted.secret, kept) {
            // the same reference given again is no new secret
            (Some(SecretInput::External(given)), Some(SecretValue::External(kept)))
                if given == *kept && before.settings.kind.is_bound_alike(&settings.kind) =>
            {
                Some(SecretInput::Keep)
            }
            (Some(given), _) => Some(given),
            (None, kept) => kept.map(|_| SecretInput::Keep),
        };
        let input = SourceSecretInput {
            secret,
            is_wrapped: false,
        };
        let all = self.unit.sources().all().await?;
        let of = (&before.name, Some(before));
        source_faults(of, &settings, &input, &self.sources, &all)?;
        let changed = engine.changed_source(self.actor, before, settings, input.secret)?;
        let Some(changed) = changed else {
            return Ok(PlanOutcome::Unchanged);
        };
        let told = told::of_source(Some(before), &changed);
        let after = match self.purpose {
            Purpose::Look => Some(changed),
            Purpose::Apply => keep::kept_of_source(&engine.parts().sealer, before, changed),
        };
        if let Some(after) = after {
            engine
                .put_changed_source(self.unit, self.actor, before, &after)
                .await?;
            self.put_ahead(&after);
            self.effects.extend(effects(before, &after));
        }
        Ok(PlanOutcome::Update(told))
    }

    fn put_ahead(&mut self, source: &Source) {
        let opened = self.engine.opened(source);
        self.sources.put(source.name.clone(), opened);
    }
}

/// How many sources may need one another in a row.
const MOST_IN_A_ROW: usize = 16;

/// Those that others need first. In a circle there is no first one; that is told where it is checked.
fn in_turn(mut waiting: Vec<Wanted<WantedSource>>) -> Vec<Wanted<WantedSource>> {
    let mut turn = Vec::with_capacity(waiting.len());
    let mut names: BTreeSet<String> = waiting.iter().map(|it| it.name.clone()).collect();
    // each round puts a source at least; so many in a row that need each other are no order any more
    for _ in 0..MOST_IN_A_ROW {
        let (free, bound): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|source| {
            let needed = needs(source).map(|reference| reference.source.as_str());
            needed.is_none_or(|needed| !names.contains(needed))
        });
        waiting = bound;
        if free.is_empty() {
            break;
        }
        for source in free {
            names.remove(&source.name);
            turn.push(source);
        }
    }
    turn.extend(waiting);
    turn
}

const fn needs(source: &Wanted<WantedSource>) -> Option<&SecretReference> {
    match &source.thing {
        Ok(WantedSource {
            secret: Some(SecretInput::External(reference)),
            ..
        }) => Some(reference),
        _ => None,
    }
}
