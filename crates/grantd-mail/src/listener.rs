//! Listeners that run: one task for each, begun and ended as people add, change and stop them.

mod afterwards;
pub(crate) mod deliver;
pub(crate) mod key;
mod look;
mod pace;
mod run;
mod since;
mod strikes;
mod through;

use std::collections::HashMap;
use std::sync::Arc;

use grantd_engine::{EngineError, ListenerMemory};
use grantd_model::{Listener, ListenerId, Revision};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::works::Works;
use run::Runner;

/// How long after the store failed the listeners are looked up again.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// Runs listeners.
pub struct Listeners {
    overseer: AbortHandle,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// How long after a panic a listener begins again.
const AFTER_PANIC: std::time::Duration = std::time::Duration::from_secs(30);

/// How long listeners have to end, of their own accord: what they are at is done again at the next start.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(2);

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
        let overseeing = tasks.spawn(async move { oversee(works, memory, tracker, token).await });
        Self {
            overseer: overseeing.abort_handle(),
            tasks,
            stop,
        }
    }

    /// What looks after all of them; finished before they are closed, it has failed.
    #[must_use]
    pub fn overseer(&self) -> AbortHandle {
        self.overseer.clone()
    }

    /// Ends all of them, each after the step that it is in.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(CLOSING, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::debug!("some email listeners are cut off; they do again what they were at");
        }
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

/// Runs a listener once the former one of it is at its end; one that panics begins again.
async fn watched(
    (works, memory): (Arc<Works>, ListenerMemory),
    (tasks, stop): (TaskTracker, CancellationToken),
    listener: Listener,
    before: Option<JoinHandle<()>>,
) {
    if let Some(before) = before {
        let _ = before.await;
    }
    loop {
        let (works, memory) = (Arc::clone(&works), memory.clone());
        let runner = Runner::new(works, memory, listener.clone(), stop.clone());
        let ended = tasks.spawn(async move { runner.run().await }).await;
        if ended.is_ok() {
            return;
        }
        tracing::error!(listener = %listener.slug, "an email listener panicked, which is a fault of grantd; it begins again");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(AFTER_PANIC) => {}
        }
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
        let task = tasks.spawn(watched(
            (Arc::clone(works), memory.clone()),
            (tasks.clone(), stop.clone()),
            listener,
            before,
        ));
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
