//! Work at a disk, away from the threads that answer everybody: a disk that hangs holds a bounded number
//! of others, and nothing else.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::fault::MailFault;

/// How many threads work at disks at once.
const AT_ONCE: usize = 64;

/// Turns at the disks.
#[derive(Debug, Clone)]
pub struct DiskTurns(Arc<Semaphore>);

impl Default for DiskTurns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl DiskTurns {
    /// Runs what may wait for a disk where waiting is allowed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, MailFault> {
        self.begin(work).await?.await.map_err(|_| cut_off())
    }

    /// Begins with it; the turn goes with the thread.
    pub(crate) async fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>, MailFault> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let turn = turn.map_err(|_| cut_off())?;
        Ok(tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        }))
    }
}

fn cut_off() -> MailFault {
    MailFault::Transient {
        class: "cut_off",
        detail: "work at the disk was cut off".to_owned(),
    }
}
