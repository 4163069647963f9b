//! Whether a connection is in use, so that who asks for nothing does not keep it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::sleep;

use super::crowd::{Crowd, LOOK};

/// Counts the requests of a connection that are open, and what has happened on it. A request costs
/// no timer: whether something has happened is looked at from time to time.
#[derive(Clone, Default)]
pub(super) struct Activity(Arc<Counts>);

#[derive(Default)]
struct Counts {
    open: AtomicUsize,
    /// Bodies of which it is the client's turn to take what there is.
    owed: AtomicUsize,
    /// Requests that have begun and those that have ended.
    happened: AtomicU64,
}

/// One request that is open, until this is dropped.
pub(super) struct OpenRequest(Activity);

/// Why a connection is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Idle {
    /// No request is open on it.
    Unused,
    /// The client does not take what it asked for.
    Stuck,
}

/// The body of an answer: whole, or one whose request is open until it was sent.
pub(super) enum AnswerBody {
    /// The whole body, which is sent at once; none when it is taken.
    Whole(Option<Bytes>),
    /// A body that comes by and by.
    Open {
        /// What comes.
        body: Body,
        /// Open as long as this.
        request: OpenRequest,
        /// Whether it waits for grantd, not for the client.
        waits: bool,
    },
}

impl AnswerBody {
    /// A body that keeps its request open as long as it is there.
    pub(super) fn open(body: Body, request: OpenRequest) -> Self {
        request.0.0.owed.fetch_add(1, Ordering::Relaxed);
        Self::Open {
            body,
            request,
            waits: false,
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
    /// that are the second limit apart, and no request is open or its answer is not taken: after one
    /// to two such limits. While others wait for a connection, ends after a second or two in which nothing has
    /// happened and no request is open.
    pub(super) async fn idles(&self, first: Duration, then: Duration, crowd: Crowd) -> Idle {
        let mut seen = self.0.happened.load(Ordering::Relaxed);
        let mut limit = first;
        loop {
            if self.makes_room(limit, &crowd).await {
                return Idle::Unused;
            }
            let happened = self.0.happened.load(Ordering::Relaxed);
            if happened == seen {
                if self.0.open.load(Ordering::Relaxed) == 0 {
                    return Idle::Unused;
                }
                if self.0.owed.load(Ordering::Relaxed) > 0 {
                    return Idle::Stuck;
                }
            }
            (seen, limit) = (happened, then);
        }
    }
}

impl Activity {
    /// Waits so long; earlier, and true, if the connection is not in use and others wait.
    async fn makes_room(&self, limit: Duration, crowd: &Crowd) -> bool {
        let mut left = limit;
        let mut seen = self.0.happened.load(Ordering::Relaxed);
        while !left.is_zero() {
            let look = left.min(LOOK);
            sleep(look).await;
            left -= look;
            let happened = self.0.happened.load(Ordering::Relaxed);
            let unused = happened == seen && self.0.open.load(Ordering::Relaxed) == 0;
            if unused && crowd.others_wait() {
                return true;
            }
            seen = happened;
        }
        false
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.note();
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        if let Self::Open {
            request,
            waits: false,
            ..
        } = self
        {
            request.0.0.owed.fetch_sub(1, Ordering::Relaxed);
        }
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
            Self::Open {
                body,
                request,
                waits,
            } => {
                let polled = Pin::new(body).poll_frame(context);
                let counts = &request.0.0;
                if polled.is_pending() != *waits {
                    *waits = polled.is_pending();
                    if *waits {
                        counts.owed.fetch_sub(1, Ordering::Relaxed);
                    } else {
                        counts.owed.fetch_add(1, Ordering::Relaxed);
                    }
                }
                if polled.is_ready() {
                    request.0.note();
                }
                polled
            }
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
        Activity::default()
            .idles(FIRST, THEN, Crowd::default())
            .await;
        assert_eq!(begin.elapsed().as_secs(), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_taken_ends_the_connection_and_one_that_takes_long_does_not() {
        let activity = Activity::default();
        let untaken = AnswerBody::open(Body::from("all of it"), activity.begin());
        let begin = Instant::now();
        assert_eq!(
            activity.idles(FIRST, THEN, Crowd::default()).await,
            Idle::Stuck
        );
        assert!(begin.elapsed() <= FIRST + 2 * THEN);
        drop(untaken);

        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
        let body = Body::new(Waiting(receiver));
        let mut slow = AnswerBody::open(body, activity.begin());
        let polling = std::future::poll_fn(|context| Pin::new(&mut slow).poll_frame(context));
        let hours = Duration::from_hours(3);
        tokio::select! {
            _ = polling => panic!("nothing was sent"),
            idle = activity.idles(FIRST, THEN, Crowd::default()) => panic!("{idle:?}"),
            () = sleep(hours) => {}
        }
        drop((sender, slow));
        assert_eq!(
            activity.idles(FIRST, THEN, Crowd::default()).await,
            Idle::Unused
        );
    }

    /// A body that comes by and by.
    struct Waiting(tokio::sync::mpsc::UnboundedReceiver<Bytes>);

    impl HttpBody for Waiting {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            let polled = self.0.poll_recv(context);
            polled.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
        }
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
        tokio::join!(requests, activity.idles(FIRST, THEN, Crowd::default()));
        let idle = begin.elapsed().as_secs() - (100 + 50 + 100 + 50);
        assert!((60..=120).contains(&idle), "{idle}");
    }
}
