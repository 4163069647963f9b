//! Brings sealed values under the key that seals now, a few at a time, while everything goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use grantd_model::Sealed;
use grantd_store::SealedAt;
use tokio_util::sync::CancellationToken;

use super::damaged::DamagedValue;
use crate::{Engine, EngineError};

/// How many values are brought over in one unit of work.
const AT_ONCE: u32 = 200;

/// How long others get a turn in between.
const BETWEEN: Duration = Duration::from_millis(20);

/// How long it is waited after a fault, and until it is looked again whether a value was put back.
const LATER: Duration = Duration::from_mins(1);

impl Engine {
    /// Brings values over until none is under an earlier key, and looks again from time to time: what
    /// somebody read before may have been put back.
    pub(crate) async fn rewrap(&self, stop: CancellationToken) {
        loop {
            // the values are only looked at where there is another key that one could be under
            if self.parts().sealer.key_ids().len() > 1 {
                tokio::select! {
                    () = stop.cancelled() => return,
                    moved = self.rewrap_all() => if let Err(error) = moved {
                        tracing::warn!(%error, "sealed values are not brought under the key that seals now");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.keys_changed().notified() => {}
                () = tokio::time::sleep(LATER) => {}
            }
        }
    }

    /// Goes through all values once. One that does not open is told once, and does not hold up the others.
    async fn rewrap_all(&self) -> Result<(), EngineError> {
        let key = self.parts().sealer.keys().id;
        let (mut after, mut moved, mut damaged) = (None, 0, BTreeMap::new());
        loop {
            let mut unit = self.parts().store.read().await?;
            let mut sealed = unit.sealed();
            let values = sealed.under_others(&key, after.as_ref(), AT_ONCE).await?;
            drop(sealed);
            drop(unit);
            let Some((last, _)) = values.last() else {
                break;
            };
            after = Some(last.clone());
            let whole = values.into_iter().filter(|(at, sealed)| {
                let opened = self.parts().sealer.rewrap(sealed);
                opened
                    .map_err(|error| damaged.insert(at.clone(), error))
                    .is_ok()
            });
            let whole: Vec<_> = whole.collect();
            if !whole.is_empty() {
                moved += whole.len();
                self.rewrap_these(&whole).await?;
                tracing::debug!(
                    values = moved,
                    "sealed values are brought under another key"
                );
            }
            tokio::time::sleep(BETWEEN).await;
        }
        let known = self.damaged().replace(damaged.keys().cloned().collect());
        for (at, error) in damaged.iter().filter(|(at, _)| !known.contains(at)) {
            tracing::warn!(
                value = %DamagedValue::from(at), %error,
                "a sealed value does not open; it stays under its key, which can not be forgotten"
            );
        }
        if moved > 0 && damaged.is_empty() && self.parts().sealer.keys().id == key {
            tracing::info!(
                values = moved,
                "all sealed values are under the key that seals now; earlier keys are not needed any more"
            );
        }
        Ok(())
    }

    /// Brings these over, if they are still what they were. They are wrapped within the unit, so that no key is
    /// forgotten under which one is just brought.
    async fn rewrap_these(&self, values: &[(SealedAt, Sealed)]) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        for (at, before) in values {
            if let Ok(Some(after)) = self.parts().sealer.rewrap(before) {
                unit.sealed().replace(at, before, &after).await?;
            }
        }
        Ok(unit.commit().await?)
    }
}
