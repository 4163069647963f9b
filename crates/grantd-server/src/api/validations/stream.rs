//! A validation as a stream of events (WHATWG HTML, server-sent events): each step when it begins
//! and when it has ended, then the result.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use grantd_engine::{EngineError, Step, StepKind, StepObserver, Validation};
use hyper::body::Frame;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::representation::{StepOut, ValidationOut};
use crate::problem::Problem;

/// What happened.
pub(super) enum Event {
    Begun(StepKind),
    Ended(Box<StepOut>),
}

/// Passes steps on to the stream.
pub(super) struct Sender(pub(super) UnboundedSender<Event>);

impl StepObserver for Sender {
    fn begun(&self, kind: StepKind) {
        // a client that has left is told nothing
        let _ = self.0.send(Event::Begun(kind));
    }

    fn ended(&self, step: &Step) {
        let _ = self.0.send(Event::Ended(Box::new(step.into())));
    }
}

/// The validation while it runs.
pub(super) struct Work(Pin<Box<dyn Future<Output = Result<Validation, EngineError>> + Send>>);

impl Work {
    pub(super) fn new(
        work: impl Future<Output = Result<Validation, EngineError>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(work))
    }
}

/// How far the validation is.
enum Progress {
    Running(Work),
    Ended(Box<Result<Validation, EngineError>>),
    Told,
}

/// The answer that streams what comes. What is wrong with the request itself is a problem as ever,
/// for nothing has begun then.
pub(super) async fn answer(mut work: Work, mut events: UnboundedReceiver<Event>) -> Response {
    let (first, progress) = tokio::select! {
        biased;
        Some(event) = events.recv() => (Some(event), Progress::Running(work)),
        ended = &mut work.0 => match (ended, events.try_recv().ok()) {
            (Err(error), None) => return Problem::from(error).into_response(),
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
            return frame(line(&event));
        }
        // the work sends the events, so it is moved on before they are looked for
        if let Progress::Running(work) = &mut self.progress
            && let Poll::Ready(result) = work.0.as_mut().poll(context)
        {
            self.progress = Progress::Ended(Box::new(result));
        }
        if let Poll::Ready(Some(event)) = self.events.poll_recv(context) {
            return frame(line(&event));
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

fn line(event: &Event) -> Bytes {
    match event {
        Event::Begun(kind) => written("step_begun", &json!({"step": kind.name()})),
        Event::Ended(step) => written("step", &serde_json::to_value(step).unwrap_or_default()),
    }
}

fn last(result: Result<Validation, EngineError>) -> Bytes {
    match result {
        Ok(validation) => {
            let shown = ValidationOut::from(&validation);
            written("result", &serde_json::to_value(shown).unwrap_or_default())
        }
        Err(error) => written("problem", &Problem::from(error).into_document()),
    }
}

fn written(name: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
