//! Makes plans, and applies them.

use grantd_model::{Action, Actor, Invalid};
use grantd_store::WriteUnit;

use super::{Plan, PlanBasis, PlanItem, PlanOutcome, ThingKind, WantedThings};
use crate::directory::Effect;
use crate::sources::ahead::SourcesAhead;
use crate::{Engine, EngineError, access};

/// The most changes that are told where a plan is out of date.
const MOST_TOLD: usize = 10;

/// What a plan is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be looked at, and then forgotten.
    Look,
    /// To be kept.
    Apply,
}

/// A plan while it is made.
pub(super) struct Run<'a> {
    pub(super) purpose: Purpose,
    pub(super) engine: &'a Engine,
    pub(super) actor: &'a Actor,
    pub(super) unit: &'a mut dyn WriteUnit,
    pub(super) sources: SourcesAhead<'a>,
    pub(super) effects: Vec<Effect>,
    pub(super) items: Vec<PlanItem>,
}

impl Engine {
    /// Whether the actor may plan, apply and import anything, asked before what it sends is read.
    ///
    /// # Errors
    /// Without a grant to manage something.
    pub fn check_planner(&self, actor: &Actor) -> Result<(), EngineError> {
        access::somewhere(actor, Action::Manage)
    }

    /// What applying would do. Nothing is changed.
    ///
    /// # Errors
    /// Without a grant to manage something; when the store fails. What is wrong with a thing stands in
    /// the plan.
    pub async fn plan(&self, actor: &Actor, wanted: WantedThings) -> Result<Plan, EngineError> {
        self.check_planner(actor)?;
        let mut unit = self.parts().store.write().await?;
        let run = Run::new(self, actor, unit.as_mut(), Purpose::Look);
        let (plan, _) = run.whole(wanted).await?;
        // not committed, so that it was never done
        drop(unit);
        Ok(plan)
    }

    /// Does what a plan says: all of it, or nothing.
    ///
    /// # Errors
    /// As [`Engine::plan`]; when something is wrong, by its place in the document, or the plan is not
    /// the one that was shown.
    pub async fn apply_plan(
        &self,
        actor: &Actor,
        wanted: WantedThings,
        shown: &PlanBasis,
    ) -> Result<Plan, EngineError> {
        self.check_planner(actor)?;
        let mut unit = self.parts().store.write().await?;
        let run = Run::new(self, actor, unit.as_mut(), Purpose::Apply);
        let (plan, effects) = run.whole(wanted).await?;
        if plan.digest != shown.digest {
            return Err(EngineError::PlanOutdated(outdated(&plan, shown)));
        }
        let faults = plan.items.iter().flat_map(|item| match &item.outcome {
            PlanOutcome::Refused(faults) => faults
                .iter()
                .map(|fault| {
                    let mut fault = fault.clone();
                    fault.pointer.insert_str(0, &format!("/{}", item.place()));
                    fault
                })
                .collect(),
            _ => Vec::new(),
        });
        let faults: Vec<_> = faults.collect();
        if !faults.is_empty() {
            return Err(EngineError::Fields(faults));
        }
        if plan.changes_something() {
            self.commit_all(unit, effects).await?;
        }
        Ok(plan)
    }
}

impl<'a> Run<'a> {
    /// Begins one.
    pub(super) fn new(
        engine: &'a Engine,
        actor: &'a Actor,
        unit: &'a mut dyn WriteUnit,
        purpose: Purpose,
    ) -> Self {
        Self {
            purpose,
            engine,
            actor,
            unit,
            sources: engine.sources_ahead(),
            effects: Vec::new(),
            items: Vec::new(),
        }
    }

    /// Makes the whole plan.
    async fn whole(mut self, wanted: WantedThings) -> Result<(Plan, Vec<Effect>), EngineError> {
        let digest = self.engine.digests().begin(&wanted);
        self.sources(wanted.sources).await?;
        self.credentials(wanted.credentials).await?;
        self.listeners(wanted.listeners).await?;
        let Self {
            mut items, effects, ..
        } = self;
        items.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
        let digest = digest.end(&items);
        Ok((Plan { digest, items }, effects))
    }

    /// Whether a thing of the document is refused already.
    pub(super) fn refuses(&self, kind: ThingKind, name: &str) -> bool {
        let mut items = self.items.iter();
        items.any(|item| {
            item.kind == kind
                && item.name == name
                && matches!(item.outcome, PlanOutcome::Refused(_))
        })
    }
}

/// What is wrong with one thing is its outcome; what is wrong with the store ends everything.
pub(super) fn settled(
    outcome: Result<PlanOutcome, EngineError>,
) -> Result<PlanOutcome, EngineError> {
    match outcome {
        Err(EngineError::Fields(faults)) => Ok(PlanOutcome::Refused(faults)),
        Err(
            error @ (EngineError::Forbidden { .. }
            | EngineError::BeyondGrants(_)
            | EngineError::NotFound { .. }
            | EngineError::InUse(_)),
        ) => {
            let fault = Invalid::new("forbidden", error.to_string());
            Ok(PlanOutcome::Refused(vec![fault.at("")]))
        }
        other => other,
    }
}

/// What changed since a plan was shown.
fn outdated(plan: &Plan, shown: &PlanBasis) -> String {
    let changed = plan.items.iter().filter_map(|item| {
        let place = item.place();
        let before = shown.state.get(&place)?;
        let (kind, name) = (item.kind.name(), &item.name);
        match (before, item.revision) {
            (before, now) if *before == now => None,
            (Some(before), Some(now)) => {
                Some(format!("the {kind} `{name}` was {before} and is {now} now"))
            }
            (None, Some(_)) => Some(format!("the {kind} `{name}` was added")),
            (_, None) => Some(format!("the {kind} `{name}` was deleted")),
        }
    });
    let changed: Vec<String> = changed.take(MOST_TOLD).collect();
    if changed.is_empty() {
        "something else changed since the plan was made, it was made of another document or other variables, \
         or grantd was started anew"
            .to_owned()
    } else {
        changed.join("; ")
    }
}
