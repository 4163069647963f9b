//! Listeners that run: one task for each, begun and ended as people add, change and stop them.

mod afterwards;
pub(crate) mod deliver;
pub(crate) mod key;
mod look;
mod pace;
mod run;

use std::collections::HashMap;
use std::sync::Arc;

use grantd_engine::{EngineError, ListenerMemory};
use grantd_model::{Listener, ListenerId, Revision};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::works::Works;
use run::Runner;

/// How long after the store failed the listeners are looked up again.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// Runs listeners.
pub struct Listeners {
    tasks: TaskTracker,
    stop: CancellationToken,
}

struct Running {
    revision: Revision,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Listeners {
    /// Begins to run all that there are, and those that come.
    #[must_use]
    pub fn start(works: Arc<Works>, memory: ListenerMemory) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (tracker, token) = (tasks.clone(), stop.clone());
        tasks.spawn(async move { oversee(works, memory, tracker, token).await });
        Self { tasks, stop }
    }

    /// Ends all of them, each after the step that it is in.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn oversee(
    works: Arc<Works>,
    memory: ListenerMemory,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let mut changes = memory.changes();
    let mut running: HashMap<ListenerId, Running> = HashMap::new();
    loop {
        changes.mark_unchanged();
        let wait = match bring_up_to_date(&works, &memory, &tasks, &stop, &mut running).await {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(%error, "the email listeners can not be read, it is tried again");
                Some(AGAIN)
            }
        };
        tokio::select! {
            () = stop.cancelled() => break,
            told = changes.changed() => if told.is_err() { break },
            () = tokio::time::sleep(wait.unwrap_or(AGAIN)), if wait.is_some() => {}
        }
    }
    for (_, it) in running {
        it.stop.cancel();
    }
}

async fn bring_up_to_date(
    works: &Arc<Works>,
    memory: &ListenerMemory,
    tasks: &TaskTracker,
    stop: &CancellationToken,
    running: &mut HashMap<ListenerId, Running>,
) -> Result<(), EngineError> {
    let wanted = memory.listeners().await?;
    let mut ended = Vec::new();
    running.retain(|id, it| {
        let same = |listener: &&Listener| {
            listener.id == *id && listener.revision == it.revision && !listener.paused
        };
        let stays = wanted.iter().any(|listener| same(&listener)) && !it.task.is_finished();
        if !stays {
            it.stop.cancel();
            ended.push((*id, it.revision));
        }
        stays
    });
    for listener in wanted {
        if listener.paused || running.contains_key(&listener.id) {
            continue;
        }
        let (id, revision) = (listener.id, listener.revision);
        let stop = stop.child_token();
        let runner = Runner::new(Arc::clone(works), memory.clone(), listener, stop.clone());
        let task = tasks.spawn(async move { runner.run().await });
        running.insert(
            id,
            Running {
                revision,
                stop,
                task,
            },
        );
    }
    Ok(())
}
