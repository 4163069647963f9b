//! Work whose progress is told while it runs, as a stream of events (WHATWG HTML, server-sent events): what
//! happens, then the result.
//!
//! Invariant: the work waits for no client; one that reads slowly misses events, never the result.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use grantd_engine::{Engine, EngineError};
use hyper::body::Frame;
use serde_json::Value;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinError;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::problem::Problem;

/// How many events wait for the client.
const WAITING: usize = 64;

/// What happened.
struct Event {
    /// What kind of event it is.
    name: &'static str,
    /// What is told of it.
    data: Value,
}

/// Tells what happens.
pub(crate) struct Teller(Sender<Event>);

impl Teller {
    /// Tells an event of this name. It is dropped where the client has left, or is far behind.
    pub(crate) fn tell(&self, name: &'static str, data: Value) {
        let _ = self.0.try_send(Event { name, data });
    }
}

/// The work while it runs; it ends with the result as it is shown.
type Work = AbortOnDropHandle<Result<Value, Problem>>;

/// How far the work is.
enum Progress {
    Running(Work),
    Ended(Box<Result<Value, Problem>>),
    Told,
}

/// Begins the work, and answers with a stream of what comes. What is wrong with the request itself is a
/// problem as ever, for nothing has begun then. If the client leaves, the work is cut off.
pub(crate) async fn answer<F>(engine: &Engine, begin: impl FnOnce(Teller) -> F) -> Response
where
    F: Future<Output = Result<Value, Problem>> + Send + 'static,
{
    let (sender, mut events) = mpsc::channel(WAITING);
    let mut work = engine.aside(begin(Teller(sender)).in_current_span());
    let (first, progress) = tokio::select! {
        biased;
        Some(event) = events.recv() => (Some(event), Progress::Running(work)),
        ended = &mut work => match (result(ended), events.try_recv().ok()) {
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
    events: Receiver<Event>,
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
        if let Progress::Running(work) = &mut self.progress {
            let ended = Pin::new(work).poll(context);
            // those that wait are told before the result
            if let Poll::Ready(Some(event)) = self.events.poll_recv(context) {
                if let Poll::Ready(ended) = ended {
                    self.progress = Progress::Ended(Box::new(result(ended)));
                }
                return frame(written(event.name, &event.data));
            }
            self.progress = Progress::Ended(Box::new(result(ready!(ended))));
        } else if let Ok(event) = self.events.try_recv() {
            return frame(written(event.name, &event.data));
        }
        match std::mem::replace(&mut self.progress, Progress::Told) {
            Progress::Ended(result) => frame(last(*result)),
            Progress::Running(_) | Progress::Told => Poll::Ready(None),
        }
    }
}

fn result(ended: Result<Result<Value, Problem>, JoinError>) -> Result<Value, Problem> {
    ended.unwrap_or_else(|_| Err(EngineError::CutOff.into()))
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
