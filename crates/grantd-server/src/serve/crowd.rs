//! Room for those who wait: while all connections are taken, those that are not in use go before their time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

/// How often it is looked whether others wait; a connection that was not in use for so long goes then.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// Whether others wait for a connection to end.
#[derive(Debug, Clone, Default)]
pub(super) struct Crowd(Arc<AtomicBool>);

impl Crowd {
    /// Says whether others wait.
    pub(super) fn set(&self, others_wait: bool) {
        self.0.store(others_wait, Ordering::Relaxed);
    }

    /// Whether others wait.
    pub(super) fn others_wait(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends after this time, or earlier when others wait.
    pub(super) async fn patience(&self, most: Duration) {
        let mut left = most;
        while !left.is_zero() {
            let look = left.min(LOOK);
            sleep(look).await;
            left -= look;
            if self.others_wait() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn patience_ends_early_when_others_wait() {
        let (crowd, begin) = (Crowd::default(), Instant::now());
        crowd.patience(Duration::from_secs(10)).await;
        assert_eq!(begin.elapsed(), Duration::from_secs(10));
        let begin = Instant::now();
        let other = crowd.clone();
        let waiting = async {
            sleep(Duration::from_millis(2500)).await;
            other.set(true);
        };
        tokio::join!(crowd.patience(Duration::from_secs(10)), waiting);
        assert_eq!(begin.elapsed(), Duration::from_secs(3));
    }
}
