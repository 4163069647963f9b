//! How many requests each authorization server gets at once.

use std::sync::Arc;

use grantd_model::Origin;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::snapshot_map::SnapshotMap;

/// The most requests at once to one authorization server; further ones wait for their turn.
pub(crate) const MOST_AT_ONCE: usize = 8;

/// The authorization servers that were asked since the start.
#[derive(Default)]
pub(crate) struct Servers(SnapshotMap<Origin, Arc<Semaphore>>);

impl Servers {
    /// Waits for a turn; it lasts as long as the permit.
    pub(crate) async fn permit(
        &self,
        origin: &Origin,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        let turns = self
            .0
            .get_or_insert(origin, || Arc::new(Semaphore::new(MOST_AT_ONCE)));
        turns.acquire_owned().await
    }
}
