//! Bodies on their way: streamed as they come, never whole in memory, but for what is kept to be sent again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderName};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

use crate::activity::OpenRequest;
use crate::compose;
use crate::limit::Permit;
use crate::route::Route;
use crate::sanitise::is_hop_by_hop;
use crate::upstream::Lease;

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyFault {
    /// The one who sends it broke off.
    #[error("the sender broke off")]
    Broken(#[source] hyper::Error),
    /// Nothing of it came for too long.
    #[error("nothing came for too long")]
    Idle,
}

/// What is known of a request's body while it is sent.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    /// Pieces that were sent.
    pub(crate) pieces: Cell<u64>,
    /// Whether it ended before its end.
    pub(crate) broken: Cell<bool>,
    kept: RefCell<Option<Kept>>,
}

/// What was sent, to be sent again.
#[derive(Debug, Default)]
struct Kept {
    pieces: Vec<Bytes>,
    trailers: Option<HeaderMap>,
    room: usize,
    is_whole: bool,
}

impl Sending {
    /// Keeps what is sent, as long as it is no more than so many bytes.
    pub(crate) fn keeping(room: usize) -> Rc<Self> {
        Rc::new(Self {
            kept: RefCell::new((room > 0).then(|| Kept {
                room,
                ..Kept::default()
            })),
            ..Self::default()
        })
    }

    /// Whether all of it was kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.borrow().as_ref().is_some_and(|it| it.is_whole)
    }

    /// The body once more, if all of it was kept.
    pub(crate) fn again(&self) -> Option<OutBody> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref().filter(|kept| kept.is_whole)?;
        Some(OutBody::Again {
            pieces: kept.pieces.iter().cloned().collect(),
            trailers: kept.trailers.clone(),
        })
    }

    fn keep(&self, frame: &Frame<Bytes>) {
        let mut kept = self.kept.borrow_mut();
        let Some(it) = kept.as_mut() else { return };
        match (frame.data_ref(), frame.trailers_ref()) {
            (Some(piece), _) => match it.room.checked_sub(piece.len()) {
                Some(left) => {
                    it.room = left;
                    it.pieces.push(piece.clone());
                }
                None => *kept = None,
            },
            (None, Some(trailers)) => it.trailers = Some(trailers.clone()),
            (None, None) => {}
        }
    }

    fn ended(&self) {
        if let Some(kept) = self.kept.borrow_mut().as_mut() {
            kept.is_whole = true;
        }
    }
}

/// The body of a request to the service.
pub(crate) enum OutBody {
    /// None.
    Empty,
    /// The caller's, as it comes.
    Stream {
        /// What comes.
        body: Incoming,
        /// What is known of it.
        sending: Rc<Sending>,
        /// Which of its trailers travel on.
        route: Arc<Route>,
        /// How long nothing may come.
        idle: Idle,
    },
    /// What was kept.
    Again {
        /// Its pieces.
        pieces: VecDeque<Bytes>,
        /// What comes behind them.
        trailers: Option<HeaderMap>,
    },
}

/// Takes out of trailers what does not travel on in a head either.
fn leave_behind(route: &Route, trailers: &mut HeaderMap) {
    let stays = |name: &HeaderName| is_hop_by_hop(name) || compose::stays(route, name);
    while let Some(name) = trailers.keys().find(|name| stays(name)).cloned() {
        trailers.remove(name);
    }
}

/// Ends a body of which nothing comes. The timer exists only once there is something to wait for.
pub(crate) struct Idle {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    is_running: bool,
}

impl Idle {
    pub(crate) const fn after(limit: Duration) -> Self {
        Self {
            limit,
            timer: None,
            is_running: false,
        }
    }

    fn came(&mut self) {
        self.is_running = false;
    }

    /// Ready once nothing has come for so long.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        if !self.is_running {
            self.is_running = true;
            timer.as_mut().reset(tokio::time::Instant::now() + limit);
        }
        timer.as_mut().poll(context)
    }
}

impl Body for OutBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Again { pieces, trailers } => Poll::Ready(match pieces.pop_front() {
                Some(piece) => Some(Ok(Frame::data(piece))),
                None => trailers.take().map(|it| Ok(Frame::trailers(it))),
            }),
            Self::Stream {
                body,
                sending,
                route,
                idle,
            } => match Pin::new(&mut *body).poll_frame(context) {
                Poll::Ready(Some(Ok(mut frame))) => {
                    idle.came();
                    if let Some(trailers) = frame.trailers_mut() {
                        leave_behind(route, trailers);
                    }
                    sending.pieces.set(sending.pieces.get() + 1);
                    sending.keep(&frame);
                    if body.is_end_stream() {
                        sending.ended();
                    }
                    Poll::Ready(Some(Ok(frame)))
                }
                Poll::Ready(Some(Err(fault))) => {
                    sending.broken.set(true);
                    Poll::Ready(Some(Err(BodyFault::Broken(fault))))
                }
                Poll::Ready(None) => {
                    sending.ended();
                    Poll::Ready(None)
                }
                Poll::Pending => {
                    ready!(idle.poll(context));
                    sending.broken.set(true);
                    Poll::Ready(Some(Err(BodyFault::Idle)))
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Stream { body, .. } => body.is_end_stream(),
            Self::Again { pieces, trailers } => pieces.is_empty() && trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Stream { body, .. } => body.size_hint(),
            Self::Again { pieces, trailers } if trailers.is_none() => {
                let length: usize = pieces.iter().map(Bytes::remaining).sum();
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Again { .. } => SizeHint::default(),
        }
    }
}

/// The body of an answer to the caller.
pub(crate) enum AnswerBody {
    /// Grantd's own; none when it is taken.
    Whole(Option<Bytes>),
    /// The service's, as it comes.
    Service(ServiceBody),
}

/// The body of the service's answer.
pub(crate) struct ServiceBody {
    /// What was read already.
    pub(crate) before: Option<Bytes>,
    /// What comes.
    pub(crate) body: Incoming,
    /// The connection, which is free again at the end.
    pub(crate) lease: Option<Lease>,
    /// The request is open as long as this.
    pub(crate) request: OpenRequest,
    /// One of the requests that are under way at once.
    pub(crate) permit: Option<Permit>,
    /// How long nothing may come.
    pub(crate) idle: Idle,
}

impl ServiceBody {
    fn ended(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
        self.permit = None;
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let it = match &mut *self {
            Self::Whole(bytes) => return Poll::Ready(bytes.take().map(|it| Ok(Frame::data(it)))),
            Self::Service(it) => it,
        };
        if let Some(before) = it.before.take() {
            return Poll::Ready(Some(Ok(Frame::data(before))));
        }
        match Pin::new(&mut it.body).poll_frame(context) {
            Poll::Ready(frame) => {
                it.idle.came();
                it.request.goes_on(false);
                if frame.is_none() || it.body.is_end_stream() {
                    it.ended();
                }
                Poll::Ready(frame.map(|it| it.map_err(BodyFault::Broken)))
            }
            Poll::Pending => {
                it.request.goes_on(true);
                ready!(it.idle.poll(context));
                Poll::Ready(Some(Err(BodyFault::Idle)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Service(it) => it.before.is_none() && it.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Service(it) if it.before.is_none() => it.body.size_hint(),
            Self::Service(_) => SizeHint::default(),
        }
    }
}
