//! Tries credentials of which nobody asked for a token for long, so that one that broke is known before
//! somebody needs it.

use std::time::Duration;

use grantd_model::{Actor, CredentialId, EventCause, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::token::slot::Joined;
use crate::{CredentialRef, Engine};

/// How often it is looked which ones are idle.
const LOOK: Duration = Duration::from_mins(1);

/// The most that are begun with at one look: 3,600 in an hour.
const AT_ONE_LOOK: u32 = 60;

/// The most that are under way; each authorization server has limits of its own besides.
const AT_ONCE: usize = 4;

impl Engine {
    /// Tries idle credentials until it is told to stop. They come in the order in which they were last tried,
    /// a few at each look, so that those of one day do not come together on the next.
    pub(crate) async fn validate_idle(&self, stop: CancellationToken) {
        let Some(idle) = self.parts().alerts.validate_idle else {
            return;
        };
        let mut working = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let found = match self.idle_since(idle).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "idle credentials could not be read, it is tried again");
                    continue;
                }
            };
            for id in found {
                if working.len() >= AT_ONCE {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        _ = working.join_next() => {}
                    }
                }
                let engine = self.clone();
                working.spawn(async move { engine.try_idle(id).await });
            }
            // one look ends before the next one begins, which would find the same ones
            while !working.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = working.join_next() => {}
                }
            }
        }
    }

    async fn idle_since(
        &self,
        idle: Duration,
    ) -> Result<Vec<CredentialId>, grantd_store::StoreError> {
        let micros = i64::try_from(idle.as_micros()).unwrap_or(i64::MAX);
        let since = Timestamp::from_micros(self.now().as_micros().saturating_sub(micros));
        let mut unit = self.parts().store.read().await?;
        unit.credentials().idle(since, AT_ONE_LOOK).await
    }

    /// Asks for a token as for anybody. The one at hand stays until there is another one; that there is none
    /// is written down, as always.
    async fn try_idle(&self, id: CredentialId) {
        let Ok(known) = self.known(&CredentialRef::Id(id)).await else {
            return;
        };
        let now = self.moment();
        let Some(slot) = known.tokens.slot(None, now) else {
            return;
        };
        let cools = |state: &crate::token::scoped::SlotState| {
            let failure = state.failure.as_ref();
            failure.filter(|it| it.is_cooling(now)).map(|_| ())
        };
        let system = (EventCause::Idle, &Actor::System);
        if let Joined::Follow(waiter) = self.board(&known, &slot, system, cools) {
            // how it ended is written down
            let _ = waiter.landed().await;
        }
    }
}
