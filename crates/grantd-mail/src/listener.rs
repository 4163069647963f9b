//! Listeners that run: one task for each, begun and ended as people add, change and stop them.

mod afterwards;
pub(crate) mod deliver;
pub(crate) mod key;
mod look;
mod pace;
mod run;
mod strikes;

use std::collections::HashMap;
use std::sync::Arc;

use grantd_engine::{EngineError, ListenerMemory};
use grantd_model::{ListenerId, Revision};
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

/// What runs, and what was told to end and is not at its end yet.
#[derive(Default)]
struct Tasks {
    running: HashMap<ListenerId, Running>,
    ending: HashMap<ListenerId, JoinHandle<()>>,
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
    let mut all = Tasks::default();
    loop {
        changes.mark_unchanged();
        let wait = match bring_up_to_date(&works, &memory, &tasks, &stop, &mut all).await {
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
    for (_, it) in all.running {
        it.stop.cancel();
    }
}

/// Ends what is to end, and begins what is to run: where an earlier one of the same listener is not at
/// its end yet, when it is.
async fn bring_up_to_date(
    works: &Arc<Works>,
    memory: &ListenerMemory,
    tasks: &TaskTracker,
    stop: &CancellationToken,
    all: &mut Tasks,
) -> Result<(), EngineError> {
    let wanted = memory.listeners().await?;
    let stays: HashMap<ListenerId, Revision> = wanted
        .iter()
        .filter(|listener| !listener.paused)
        .map(|listener| (listener.id, listener.revision))
        .collect();
    all.ending.retain(|_, task| !task.is_finished());
    let ended = all
        .running
        .extract_if(|id, it| stays.get(id) != Some(&it.revision) || it.task.is_finished());
    for (id, it) in ended {
        it.stop.cancel();
        all.ending.insert(id, it.task);
    }
    for listener in wanted {
        if listener.paused || all.running.contains_key(&listener.id) {
            continue;
        }
        let before = all.ending.remove(&listener.id);
        let (id, revision) = (listener.id, listener.revision);
        let stop = stop.child_token();
        let runner = Runner::new(Arc::clone(works), memory.clone(), listener, stop.clone());
        let task = tasks.spawn(async move {
            if let Some(before) = before {
                // one that panicked is at its end as well
                let _ = before.await;
            }
            runner.run().await;
        });
        all.running.insert(
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
