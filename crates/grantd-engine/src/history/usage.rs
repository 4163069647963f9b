//! Counts who is handed tokens: in memory at each call, in the store every ten seconds.
//!
//! Up to ten seconds of counts are lost when the process is killed; nothing else is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use grantd_model::{
    Action, Actor, ActorRef, CredentialId, KeyId, Timestamp, UsageCount, UsageResult, UserId,
};
use grantd_store::UsageQuery;

use crate::credentials::find::{find, missing};
use crate::snapshot_map::SnapshotMap;
use crate::{CredentialRef, Engine, EngineError, access};

/// The most rows of an answer.
const MOST_ROWS: u32 = 10_000;

/// Counters of everybody who has asked lately.
#[derive(Default)]
pub(crate) struct Usage(SnapshotMap<(Who, CredentialId), Arc<Counter>>);

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
        let key = (who(actor), credential);
        let counter = self.0.get_or_insert(&key, || {
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
        cell.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes out what was counted, as of this minute.
    fn take(&self, minute: Timestamp) -> Vec<UsageCount> {
        let mut counts = Vec::new();
        for ((_, credential), counter) in self.0.all() {
            for (result, cell) in [
                (UsageResult::HandedOut, &counter.handed_out),
                (UsageResult::Failed, &counter.failed),
            ] {
                let count = cell.swap(0, Ordering::Relaxed);
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
        for ((_, credential), counter) in self.0.all() {
            for count in counts {
                if count.credential == credential && count.actor == counter.actor {
                    let cell = match count.result {
                        UsageResult::HandedOut => &counter.handed_out,
                        UsageResult::Failed => &counter.failed,
                    };
                    cell.fetch_add(count.count, Ordering::Relaxed);
                }
            }
        }
    }
}

impl Engine {
    /// Writes down what was counted since the last time; what can not be written is counted on.
    pub(crate) async fn write_usage(&self) {
        let now = self.now().as_seconds();
        let minute = Timestamp::from_seconds(now - now.rem_euclid(60));
        let counts = self.usage().take(minute);
        if counts.is_empty() {
            return;
        }
        let written = async {
            let mut unit = self.parts().store.write().await?;
            unit.history().add_usage(&counts).await?;
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
