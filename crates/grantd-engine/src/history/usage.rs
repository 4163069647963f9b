//! Counts who is handed tokens: in memory at each call, in the store every ten seconds.
//!
//! Up to ten seconds of counts are lost when the process is killed; nothing else is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use grantd_model::{
    Action, Actor, ActorRef, CredentialId, HourCount, KeyId, Timestamp, UsageCount, UsageHour,
    UsageResult, UserId,
};
use grantd_store::UsageQuery;

use crate::credentials::find::{find, missing};
use crate::snapshot_map::SnapshotMap;
use crate::{CredentialRef, Engine, EngineError, access};

/// The most rows of an answer.
const MOST_ROWS: u32 = 10_000;

/// Counters of everybody who has asked since the start.
#[derive(Default)]
pub(crate) struct Usage {
    counters: SnapshotMap<(Who, CredentialId), Arc<Counter>>,
    /// Whether there is anything to write. In one order with the counters, so that nothing that was
    /// counted is left for ever.
    any: AtomicBool,
    /// Microseconds since 1970 when the counting that is not written began; 0 before the first.
    since: AtomicI64,
}

/// An actor as a key of a map, without copying a text for those who ask most.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    System,
    Key(KeyId),
    User(UserId),
    Workload(Box<(String, String)>),
}

struct Counter {
    actor: ActorRef,
    handed_out: AtomicU64,
    failed: AtomicU64,
}

impl Usage {
    /// Counts one.
    pub(crate) fn count(&self, actor: &Actor, credential: CredentialId, result: UsageResult) {
        self.count_many(actor, credential, result, 1);
    }

    /// Counts several at once.
    pub(crate) fn count_many(
        &self,
        actor: &Actor,
        credential: CredentialId,
        result: UsageResult,
        count: u64,
    ) {
        let key = (who(actor), credential);
        let counter = self.counters.get_or_insert(&key, || {
            Arc::new(Counter {
                actor: actor.reference(),
                handed_out: AtomicU64::new(0),
                failed: AtomicU64::new(0),
            })
        });
        let cell = match result {
            UsageResult::HandedOut => &counter.handed_out,
            UsageResult::Failed => &counter.failed,
        };
        cell.fetch_add(count, Ordering::SeqCst);
        // read first: writing would take the line from others
        if !self.any.load(Ordering::SeqCst) {
            self.any.store(true, Ordering::SeqCst);
        }
    }

    /// Takes out what was counted, as of the minute in which the counting began.
    fn take(&self, now: Timestamp) -> Vec<UsageCount> {
        let since = match self.since.swap(now.as_micros(), Ordering::Relaxed) {
            0 => now,
            since => Timestamp::from_micros(since),
        };
        let mut counts = Vec::new();
        if !self.any.swap(false, Ordering::SeqCst) {
            return counts;
        }
        let seconds = since.as_seconds();
        let minute = Timestamp::from_seconds(seconds - seconds.rem_euclid(60));
        for ((_, credential), counter) in self.counters.all() {
            for (result, cell) in [
                (UsageResult::HandedOut, &counter.handed_out),
                (UsageResult::Failed, &counter.failed),
            ] {
                let count = cell.swap(0, Ordering::SeqCst);
                if count > 0 {
                    counts.push(UsageCount {
                        minute,
                        credential,
                        actor: counter.actor.clone(),
                        result,
                        count,
                    });
                }
            }
        }
        counts
    }

    fn put_back(&self, counts: &[UsageCount]) {
        for ((_, credential), counter) in self.counters.all() {
            for count in counts {
                if count.credential == credential && count.actor == counter.actor {
                    let cell = match count.result {
                        UsageResult::HandedOut => &counter.handed_out,
                        UsageResult::Failed => &counter.failed,
                    };
                    cell.fetch_add(count.count, Ordering::SeqCst);
                }
            }
        }
        self.any.store(true, Ordering::SeqCst);
    }
}

impl Engine {
    /// Writes down what was counted since the last time; what can not be written is counted on.
    pub(crate) async fn write_usage(&self) {
        let now = self.now();
        let counts = self.usage().take(now);
        if counts.is_empty() {
            return;
        }
        let written = async {
            let mut unit = self.parts().store.write().await?;
            unit.history().add_usage(&counts, now).await?;
            unit.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "counts of use could not be written, they are kept");
            self.usage().put_back(&counts);
        }
    }

    /// How often tokens of the credential were handed out, by minute, actor and result, up to ten
    /// seconds ago; at most 10,000 rows.
    ///
    /// # Errors
    /// When there is no credential that the actor may read.
    pub async fn list_usage(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<UsageCount>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let credential = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Read, &credential).map_err(|_| missing(wanted))?;
        let query = UsageQuery {
            credential: credential.id,
            from,
            until,
            limit: MOST_ROWS,
        };
        Ok(unit.history().usage(&query).await?)
    }
}

impl Engine {
    /// How often tokens of the credential were handed out, by hour, actor and result, up to ten
    /// seconds ago; at most 10,000 rows.
    ///
    /// # Errors
    /// When there is no credential that the actor may read.
    pub async fn list_usage_hours(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<UsageHour>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let credential = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Read, &credential).map_err(|_| missing(wanted))?;
        let query = UsageQuery {
            credential: credential.id,
            from,
            until,
            limit: MOST_ROWS,
        };
        Ok(unit.history().usage_hours(&query).await?)
    }

    /// What happened by the hour, of all credentials together.
    ///
    /// # Errors
    /// Without a grant to read everything.
    pub async fn list_hours(
        &self,
        actor: &Actor,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<HourCount>, EngineError> {
        access::everywhere(actor, Action::Read)?;
        let mut unit = self.parts().store.read().await?;
        Ok(unit.history().hours(from, until).await?)
    }
}

fn who(actor: &Actor) -> Who {
    match actor {
        Actor::System => Who::System,
        Actor::Key { id, .. } => Who::Key(*id),
        Actor::User { id, .. } => Who::User(*id),
        Actor::Workload {
            issuer, subject, ..
        } => Who::Workload(Box::new((issuer.clone(), subject.clone()))),
    }
}
