//! Brings sealed values under the key that seals now, a few at a time, while everything goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use grantd_store::{SealedAt, StoreError};
use tokio_util::sync::CancellationToken;

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
        let mut moved = 0;
        let mut damaged = BTreeSet::new();
        loop {
            // the values are only looked at where there is another key that one could be under
            let some = match self.parts().sealer.key_ids().len() {
                0 | 1 => Ok(0),
                _ => self.rewrap_some(&mut damaged).await,
            };
            let wait = match some {
                Ok(0) => {
                    if moved > 0 && damaged.is_empty() {
                        tracing::info!(
                            values = moved,
                            "all sealed values are under the key that seals now; earlier keys are not needed any more"
                        );
                    }
                    moved = 0;
                    LATER
                }
                Ok(some) => {
                    moved += some;
                    tracing::debug!(
                        values = moved,
                        "sealed values are brought under another key"
                    );
                    BETWEEN
                }
                Err(error) => {
                    tracing::warn!(%error, "sealed values are not brought under the key that seals now");
                    LATER
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.keys_changed().notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Brings a few values over; tells how many. One that does not open is told once, and does not hold up the
    /// others.
    async fn rewrap_some(&self, damaged: &mut BTreeSet<SealedAt>) -> Result<usize, EngineError> {
        let sealer = &self.parts().sealer;
        let key = sealer.keys().id;
        let mut unit = self.parts().store.write().await?;
        let most = AT_ONCE.saturating_add(u32::try_from(damaged.len()).unwrap_or(AT_ONCE));
        let values = unit.sealed().under_others(&key, most).await?;
        let mut moved = 0;
        for (at, before) in &values {
            match sealer.rewrap(before) {
                Ok(Some(after)) => {
                    unit.sealed().replace(at, before, &after).await?;
                    moved += 1;
                }
                Ok(None) => {}
                Err(error) => {
                    if damaged.insert(at.clone()) {
                        tracing::warn!(?at, %error, "a sealed value is not brought under the key that seals now");
                    }
                }
            }
        }
        if moved > 0 {
            let committed: Result<(), StoreError> = unit.commit().await;
            committed?;
        }
        Ok(moved)
    }
}
