//! What the pages share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grantd_engine::{Engine, EngineError};
use grantd_model::{Actor, Standing, Timestamp};

use super::import::kept::KeptPlans;
use super::once::Once;
use super::texts::Texts;

/// How long counts may be old.
const FRESH: Duration = Duration::from_secs(5);

/// What the pages share.
#[derive(Default)]
pub(crate) struct ConsoleState {
    /// All texts.
    pub(super) texts: Texts,
    /// Documents that were planned.
    pub(super) plans: KeptPlans,
    /// Forms that were sent already.
    pub(super) once: Once,
    counts: Mutex<Option<(Timestamp, Arc<Counts>)>>,
}

/// How many credentials stand how.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts(Vec<(Standing, u64)>);

impl Counts {
    /// Those that stand so.
    pub(super) fn of(&self, standing: Standing) -> u64 {
        let mut all = self.0.iter();
        all.find(|(it, _)| *it == standing).map_or(0, |(_, n)| *n)
    }

    /// All.
    pub(super) fn all(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }
}

impl ConsoleState {
    /// The counts, read anew every few seconds: everybody who signs in sees everything, and no page
    /// should wait for a count of 100,000 rows that was just made.
    pub(super) async fn counts(
        &self,
        engine: &Engine,
        actor: &Actor,
    ) -> Result<Arc<Counts>, EngineError> {
        let now = engine.now();
        if let Some((at, counts)) = &*self.kept()
            && now.since(*at) < FRESH
            && *at <= now
        {
            return Ok(Arc::clone(counts));
        }
        let counts = Arc::new(Counts(engine.count_standings(actor).await?));
        *self.kept() = Some((now, Arc::clone(&counts)));
        Ok(counts)
    }

    /// Has the counts read anew: something was changed from here.
    pub(super) fn forget_counts(&self) {
        *self.kept() = None;
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<(Timestamp, Arc<Counts>)>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
