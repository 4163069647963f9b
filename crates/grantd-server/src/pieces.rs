//! Answers that are sent as they are read, a piece at a time, so that none is held as a whole.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use grantd_engine::{Backup, EngineError};
use hyper::body::Frame;

/// Gives pieces, one after the other.
pub(crate) trait Piecewise: Send + Unpin + Sized + 'static {
    /// The next piece; none at the end. After a fault the connection ends, so that nobody takes what came
    /// for the whole.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, EngineError>> + Send;
}

impl Piecewise for Backup {
    async fn next(&mut self) -> Result<Option<Bytes>, EngineError> {
        Ok(Self::next(self).await?.map(Bytes::from))
    }
}

/// What comes of asking: the source again, and the piece.
type Read<S> = Pin<Box<dyn Future<Output = (S, Result<Option<Bytes>, EngineError>)> + Send>>;

enum State<S> {
    Ready(S),
    Reading(Read<S>),
    Done,
}

/// A body made of pieces.
pub(crate) struct Pieces<S>(State<S>);

impl<S: Piecewise> Pieces<S> {
    /// The body that these pieces make.
    pub(crate) fn body(source: S) -> Body {
        Body::new(Self(State::Ready(source)))
    }
}

impl<S: Piecewise> HttpBody for Pieces<S> {
    type Data = Bytes;
    type Error = EngineError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, EngineError>>> {
        loop {
            match std::mem::replace(&mut self.0, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Ready(mut source) => {
                    self.0 = State::Reading(Box::pin(async move {
                        let piece = source.next().await;
                        (source, piece)
                    }));
                }
                State::Reading(mut read) => match read.as_mut().poll(context) {
                    Poll::Pending => {
                        self.0 = State::Reading(read);
                        return Poll::Pending;
                    }
                    Poll::Ready((_, Ok(None))) => return Poll::Ready(None),
                    Poll::Ready((_, Err(error))) => {
                        tracing::warn!(%error, "an answer was cut off");
                        return Poll::Ready(Some(Err(error)));
                    }
                    Poll::Ready((source, Ok(Some(piece)))) => {
                        self.0 = State::Ready(source);
                        return Poll::Ready(Some(Ok(Frame::data(piece))));
                    }
                },
            }
        }
    }
}
