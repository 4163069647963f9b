//! Whether a connection is in use, so that who asks for nothing does not keep it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::sleep;

/// Counts the requests of a connection that are open, and what has happened on it. A request costs
/// no timer: whether something has happened is looked at from time to time.
#[derive(Clone, Default)]
pub(super) struct Activity(Arc<Counts>);

#[derive(Default)]
struct Counts {
    open: AtomicUsize,
    /// Requests that have begun and those that have ended.
    happened: AtomicU64,
}

/// One request that is open, until this is dropped.
pub(super) struct OpenRequest(Activity);

/// The body of an answer: whole, or one whose request is open until it was sent.
pub(super) enum AnswerBody {
    /// The whole body, which is sent at once; none when it is taken.
    Whole(Option<Bytes>),
    /// A body that comes by and by.
    Open {
        /// What comes.
        body: Body,
        /// Open as long as this.
        _request: OpenRequest,
    },
}

impl AnswerBody {
    /// A body that keeps its request open as long as it is there.
    pub(super) const fn open(body: Body, request: OpenRequest) -> Self {
        Self::Open {
            body,
            _request: request,
        }
    }
}

impl Activity {
    /// A request begins.
    pub(super) fn begin(&self) -> OpenRequest {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        self.note();
        OpenRequest(self.clone())
    }

    /// A request was answered at once.
    pub(super) fn note(&self) {
        self.0.happened.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends when nothing has happened within the first limit, or later, nothing between two looks
    /// that are the second limit apart, and no request is open: after one to two such limits.
    pub(super) async fn idles(&self, first: Duration, then: Duration) {
        let mut seen = self.0.happened.load(Ordering::Relaxed);
        let mut limit = first;
        loop {
            sleep(limit).await;
            let happened = self.0.happened.load(Ordering::Relaxed);
            if happened == seen && self.0.open.load(Ordering::Relaxed) == 0 {
                return;
            }
            (seen, limit) = (happened, then);
        }
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.note();
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Open { body, .. } => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Open { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Open { body, .. } => body.size_hint(),
        }
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
        Activity::default().idles(FIRST, THEN).await;
        assert_eq!(begin.elapsed().as_secs(), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_counts_from_the_end_of_the_last_request() {
        let begin = Instant::now();
        let activity = Activity::default();
        let requests = async {
            for _ in 0..2 {
                let open = activity.begin();
                sleep(Duration::from_secs(100)).await;
                drop(open);
                sleep(Duration::from_secs(50)).await;
            }
            activity.note();
        };
        tokio::join!(requests, activity.idles(FIRST, THEN));
        let idle = begin.elapsed().as_secs() - (100 + 50 + 100 + 50);
        assert!((60..=120).contains(&idle), "{idle}");
    }
}
