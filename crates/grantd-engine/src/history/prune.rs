//! Forgets history that is too old, and keeps the counts written.

use std::time::Duration;

use grantd_model::{Moment, Timestamp};
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

/// What is from before this time is too old, where everything is kept so long.
pub(crate) fn kept_since(now: Timestamp, kept: Duration) -> Timestamp {
    let age = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(age))
}

/// How long after a jump of the wall clock nothing is removed: long enough for somebody to notice
/// and set it right.
const AFTER_A_JUMP: Duration = Duration::from_hours(24);

/// By how much the wall clock may run ahead of the time since boot within an hour.
const JUMP: Duration = Duration::from_hours(1);

/// Notices a wall clock that jumped forward, by which everything would look old.
struct Calendar {
    last: Moment,
    jumped: Option<Moment>,
}

impl Calendar {
    const fn begin(now: Moment) -> Self {
        Self {
            last: now,
            jumped: None,
        }
    }

    /// Whether what looks old by the wall clock is old.
    fn is_trusted(&mut self, now: Moment) -> bool {
        let by_wall = now.wall.since(self.last.wall);
        let by_boot = now.boot.saturating_sub(self.last.boot);
        self.last = now;
        if by_wall > by_boot + JUMP {
            self.jumped = Some(now);
        }
        let settled = |jumped: Moment| now.boot.saturating_sub(jumped.boot) >= AFTER_A_JUMP;
        self.jumped.is_none_or(settled)
    }
}

impl Engine {
    /// Writes counts and prunes history until it is told to stop; writes once more then.
    pub(crate) async fn keep_history(&self, stop: CancellationToken) {
        // the counting begins
        self.write_usage().await;
        let mut calendar = Calendar::begin(self.moment());
        let mut round = 0_u32;
        loop {
            if round.is_multiple_of(PRUNE_EVERY) && calendar.is_trusted(self.moment()) {
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
        let now = self.now();
        let before = |kept| kept_since(now, kept);
        let parts = self.parts();
        let history = before(parts.keep_history);
        let (audit, mail) = (before(parts.keep_audit), before(parts.keep_mail));
        loop {
            let pruned = async {
                let mut unit = self.parts().store.write().await?;
                let events = unit.history().prune(history, MOST_AT_ONCE).await?;
                let mails = unit.mail().prune(mail, MOST_AT_ONCE).await?;
                let chain = &self.parts().audit;
                let entries = unit.audit().prune(audit, MOST_AT_ONCE, chain).await?;
                let gone = events.max(mails).max(entries);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_jump_forward_nothing_is_removed_for_a_day() {
        const HOUR: u64 = 3600;
        let at = |wall: u64, boot: u64| Moment {
            wall: Timestamp::from_seconds(i64::try_from(wall).unwrap()),
            boot: Duration::from_secs(boot),
        };
        let mut calendar = Calendar::begin(at(1000 * HOUR, 5 * HOUR));
        let jump = 5000 * HOUR;
        for (wall, boot, trusted) in [
            (1001 * HOUR, 6 * HOUR, true),
            (1001 * HOUR + jump, 7 * HOUR, false),
            (1002 * HOUR + jump, 8 * HOUR, false),
            (1000 * HOUR, 9 * HOUR, false),
            (1022 * HOUR, 31 * HOUR, true),
            (1023 * HOUR, 32 * HOUR, true),
        ] {
            let now = at(wall, boot);
            assert_eq!(calendar.is_trusted(now), trusted, "{now:?}");
        }
    }
}
