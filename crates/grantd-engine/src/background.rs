//! What goes on by itself until the engine is closed, and whether some of it has failed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

/// The tasks that were begun.
#[derive(Default)]
pub(crate) struct Background(Mutex<Vec<Task>>);

struct Task {
    name: &'static str,
    handle: AbortHandle,
    /// Whether it came to its end: there may have been nothing more to do.
    is_done: Arc<AtomicBool>,
}

impl Background {
    /// Begins one.
    pub(crate) fn begin(
        &self,
        name: &'static str,
        tasks: &TaskTracker,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let is_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&is_done);
        let handle = tasks.spawn(async move {
            work.await;
            done.store(true, Ordering::Relaxed);
        });
        let begun = self.0.lock();
        let mut begun = begun.unwrap_or_else(PoisonError::into_inner);
        begun.push(Task {
            name,
            handle: handle.abort_handle(),
            is_done,
        });
    }

    /// Those that a fault of grantd's own has ended.
    pub(crate) fn failed(&self) -> Vec<&'static str> {
        let begun = self.0.lock();
        let begun = begun.unwrap_or_else(PoisonError::into_inner);
        let failed = begun
            .iter()
            .filter(|task| task.handle.is_finished() && !task.is_done.load(Ordering::Relaxed));
        failed.map(|task| task.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_has_failed_and_what_is_done_has_not() {
        let (background, tasks) = (Background::default(), TaskTracker::new());
        background.begin("done", &tasks, async {});
        background.begin("failed", &tasks, async { panic!("a fault of the test") });
        background.begin("goes on", &tasks, std::future::pending());
        while background.failed().is_empty() {
            tokio::task::yield_now().await;
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(background.failed(), ["failed"]);
    }
}
