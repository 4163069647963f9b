//! Work whose progress is told while it runs, as a stream of events (WHATWG HTML, server-sent events): what
//! happens, then the result.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::problem::Problem;

/// What happened.
pub(crate) struct Event {
    /// What kind of event it is.
    pub(crate) name: &'static str,
    /// What is told of it.
    pub(crate) data: Value,
}

/// The work while it runs; it ends with the result as it is shown.
pub(crate) struct Work(Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send>>);

impl Work {
    /// Takes the work in.
    pub(crate) fn new(work: impl Future<Output = Result<Value, Problem>> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }
}

/// How far the work is.
enum Progress {
    Running(Work),
    Ended(Box<Result<Value, Problem>>),
    Told,
}

/// The answer that streams what comes. What is wrong with the request itself is a problem as ever,
/// for nothing has begun then.
pub(crate) async fn answer(mut work: Work, mut events: UnboundedReceiver<Event>) -> Response {
    let (first, progress) = tokio::select! {
        biased;
        Some(event) = events.recv() => (Some(event), Progress::Running(work)),
        ended = &mut work.0 => match (ended, events.try_recv().ok()) {
            (Err(problem), None) => return problem.into_response(),
            // it has begun and ended since the events were looked at
            (ended, first) => (first, Progress::Ended(Box::new(ended))),
        },
    };
    let body = Streamed {
        first,
        events,
        progress,
    };
    ([(CONTENT_TYPE, "text/event-stream")], Body::new(body)).into_response()
}

struct Streamed {
    first: Option<Event>,
    events: UnboundedReceiver<Event>,
    progress: Progress,
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = |bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        if let Some(event) = self.first.take() {
            return frame(written(event.name, &event.data));
        }
        // the work sends the events, so it is moved on before they are looked for
        if let Progress::Running(work) = &mut self.progress
            && let Poll::Ready(result) = work.0.as_mut().poll(context)
        {
            self.progress = Progress::Ended(Box::new(result));
        }
        if let Poll::Ready(Some(event)) = self.events.poll_recv(context) {
            return frame(written(event.name, &event.data));
        }
        match std::mem::replace(&mut self.progress, Progress::Told) {
            Progress::Running(work) => {
                self.progress = Progress::Running(work);
                Poll::Pending
            }
            Progress::Ended(result) => frame(last(*result)),
            Progress::Told => Poll::Ready(None),
        }
    }
}

fn last(result: Result<Value, Problem>) -> Bytes {
    match result {
        Ok(shown) => written("result", &shown),
        Err(problem) => written("problem", &problem.into_document()),
    }
}

fn written(name: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
