//! Forgets history that is too old, and keeps the counts written.

use std::time::Duration;

use grantd_model::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::Engine;

/// How often counts of use are written: each time that the seconds of the clock divide by it, so
/// that what is written at once is of one minute.
const WRITE_EVERY: Duration = Duration::from_secs(10);

/// How often old history is looked for.
const PRUNE_EVERY: u32 = 360;

/// The most rows that are removed in one transaction, so that others get their turn.
const MOST_AT_ONCE: u32 = 1000;

/// How long it is until counts are written next.
fn until_next(now: Timestamp) -> Duration {
    let every = i64::try_from(WRITE_EVERY.as_micros()).unwrap_or(i64::MAX);
    let gone = now.as_micros().rem_euclid(every);
    WRITE_EVERY.saturating_sub(Duration::from_micros(gone.unsigned_abs()))
}

impl Engine {
    /// Writes counts and prunes history until it is told to stop; writes once more then.
    pub(crate) async fn keep_history(&self, stop: CancellationToken) {
        // the counting begins
        self.write_usage().await;
        let mut round = 0_u32;
        loop {
            if round.is_multiple_of(PRUNE_EVERY) {
                self.prune().await;
            }
            round = round.wrapping_add(1);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(until_next(self.now())) => {
                    self.write_usage().await;
                    let metrics = &self.parts().metrics;
                    metrics.sizes(self.directory().len(), self.queue().len());
                }
            }
        }
        self.write_usage().await;
    }

    /// Removes events and counts that are older than the installation keeps them.
    pub(crate) async fn prune(&self) {
        let now = self.now().as_micros();
        let age = i64::try_from(self.parts().keep_history.as_micros()).unwrap_or(i64::MAX);
        let before = Timestamp::from_micros(now.saturating_sub(age));
        loop {
            let pruned = async {
                let mut unit = self.parts().store.write().await?;
                let gone = unit.history().prune(before, MOST_AT_ONCE).await?;
                unit.commit().await?;
                Ok::<_, grantd_store::StoreError>(gone)
            };
            match pruned.await {
                Ok(gone) if gone >= u64::from(MOST_AT_ONCE) => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(%error, "old history could not be removed, it is tried again");
                    return;
                }
            }
        }
    }
}
