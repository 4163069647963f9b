//! What is told of what is kept: counted in the database when it is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use grantd_model::alert::EXPIRY_ALERT_DAYS;
use grantd_model::{Timestamp, Visibility};
use grantd_store::ReadUnit;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::{Engine, EngineError, ListedListener, ListenerStanding};

/// The most ends of secrets that are read at once.
const AT_ONCE: u32 = 500;

/// In which state things are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

/// Gauges that stand as they were set last.
#[derive(Default)]
pub(super) struct Kept {
    listeners: Family<StateLabels, Gauge>,
    ends: Family<StateLabels, Gauge>,
    values_left: Gauge,
}

impl Kept {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "listeners",
            "Email listeners, by state: paused, starting, failing, given_up (it works, and mails were given up) or \
             working",
            self.listeners.clone(),
        );
        registry.register(
            "credential_secret_ends",
            "Enabled credentials whose secret ends within 30 days (soon) or has ended (over)",
            self.ends.clone(),
        );
        registry.register(
            "values_under_earlier_keys",
            "Sealed values that a rotation of the keyring left under an earlier key",
            self.values_left.clone(),
        );
    }
}

impl Engine {
    /// Counts what is kept, for [`crate::Metrics`]; callers see to it that this is seldom.
    ///
    /// # Errors
    /// When the store fails; then all stands as it was counted last.
    pub async fn count_kept(&self) -> Result<(), EngineError> {
        let now = self.now();
        let mut unit = self.parts().store.read().await?;
        let sealing = self.parts().sealer.keys().id;
        let by_key = unit.sealed().by_key().await?;
        let left = by_key.iter().filter(|(key, _)| *key != sealing);
        let left: u64 = left.map(|(_, values)| values).sum();
        let ends = [
            ("over", Timestamp::from_micros(0), now),
            (
                "soon",
                now,
                now.plus(Duration::from_hours(24 * u64::from(EXPIRY_ALERT_DAYS[0]))),
            ),
        ];
        let mut ending = Vec::new();
        for (state, from, until) in ends {
            ending.push((state, count_ends(unit.as_mut(), (from, until)).await?));
        }
        let listeners = count_listeners(unit.as_mut()).await?;
        drop(unit);
        let kept = &self.parts().metrics.kept;
        kept.values_left.set(whole(left));
        for (state, count) in ending {
            let labels = StateLabels { state };
            kept.ends.get_or_create(&labels).set(whole(count));
        }
        for (state, count) in listeners {
            let labels = StateLabels { state };
            kept.listeners.get_or_create(&labels).set(whole(count));
        }
        Ok(())
    }
}

async fn count_ends(
    unit: &mut dyn ReadUnit,
    span: (Timestamp, Timestamp),
) -> Result<u64, EngineError> {
    let mut count = 0;
    let mut after = None;
    loop {
        let mut credentials = unit.credentials();
        let ends = credentials.secret_ends(&Visibility::All, span, after, AT_ONCE);
        let ends = ends.await?;
        count += ends.len() as u64;
        after = ends.last().copied();
        if after.is_none() {
            return Ok(count);
        }
    }
}

async fn count_listeners(
    unit: &mut dyn ReadUnit,
) -> Result<BTreeMap<&'static str, u64>, EngineError> {
    let states = ["paused", "starting", "failing", "given_up", "working"];
    let mut counts: BTreeMap<_, u64> = states.into_iter().map(|state| (state, 0)).collect();
    let listeners = unit.listeners().all().await?;
    let states = unit.mail().states().await?;
    let mut states: BTreeMap<_, _> = states.into_iter().collect();
    for listener in listeners {
        let listed = ListedListener {
            state: states.remove(&listener.id).unwrap_or_default(),
            waiting: unit.mail().waiting(listener.id).await?,
            listener,
        };
        let state = match listed.standing() {
            ListenerStanding::Paused => "paused",
            ListenerStanding::Starting => "starting",
            ListenerStanding::Failing => "failing",
            ListenerStanding::GivenUp => "given_up",
            ListenerStanding::Working => "working",
        };
        *counts.entry(state).or_default() += 1;
    }
    Ok(counts)
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
