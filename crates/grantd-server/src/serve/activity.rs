//! Whether a connection is in use, so that who asks for nothing does not keep it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::watch;

/// Counts the requests of a connection that are open.
#[derive(Clone)]
pub(super) struct Activity(watch::Sender<usize>);

/// One request that is open, until this is dropped.
pub(super) struct OpenRequest(Activity);

/// Waits for a connection that is no longer in use.
pub(super) struct Idleness(watch::Receiver<usize>);

/// The body of an answer, whose request is open until it was sent.
pub(super) struct OpenBody {
    body: Body,
    _open: OpenRequest,
}

/// The two sides of one connection.
pub(super) fn watch() -> (Activity, Idleness) {
    let (sender, receiver) = watch::channel(0);
    (Activity(sender), Idleness(receiver))
}

impl Activity {
    /// A request begins.
    pub(super) fn begin(&self) -> OpenRequest {
        self.0.send_modify(|open| *open += 1);
        OpenRequest(self.clone())
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open -= 1);
    }
}

impl Idleness {
    /// Ends when no request has begun within the first limit, or after one, none was open for the
    /// second.
    pub(super) async fn lasts(&mut self, first: Duration, then: Duration) {
        let mut limit = first;
        loop {
            match tokio::time::timeout(limit, self.0.changed()).await {
                Ok(Ok(())) => limit = then,
                Ok(Err(_)) => return,
                Err(_) if *self.0.borrow() == 0 => return,
                // quiet, but at work: the time counts from its end
                Err(_) => {
                    if self.0.wait_for(|open| *open == 0).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

impl OpenBody {
    /// Keeps the request open as long as this body.
    pub(super) const fn new(body: Body, open: OpenRequest) -> Self {
        Self { body, _open: open }
    }
}

impl HttpBody for OpenBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    const FIRST: Duration = Duration::from_secs(15);
    const THEN: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_is_idle_soon() {
        let begin = Instant::now();
        let (_activity, mut idleness) = watch();
        idleness.lasts(FIRST, THEN).await;
        assert_eq!(begin.elapsed().as_secs(), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_counts_from_the_end_of_the_last_request() {
        let begin = Instant::now();
        let (activity, mut idleness) = watch();
        let requests = async {
            for _ in 0..2 {
                let open = activity.begin();
                sleep(Duration::from_secs(100)).await;
                drop(open);
                sleep(Duration::from_secs(50)).await;
            }
        };
        tokio::join!(requests, idleness.lasts(FIRST, THEN));
        assert_eq!(begin.elapsed().as_secs(), 100 + 50 + 100 + 60);
    }
}
