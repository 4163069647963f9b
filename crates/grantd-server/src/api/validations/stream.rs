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
    Ended(StepOut),
}

/// Passes steps on to the stream.
pub(super) struct Sender(pub(super) UnboundedSender<Event>);

impl StepObserver for Sender {
    fn begun(&self, kind: StepKind) {
        // a client that has left is told nothing
        let _ = self.0.send(Event::Begun(kind));
    }

    fn ended(&self, step: &Step) {
        let _ = self.0.send(Event::Ended(step.into()));
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

/// The answer that streams what comes. What is wrong with the request itself is a problem as ever,
/// for nothing has begun then.
pub(super) async fn answer(mut work: Work, mut events: UnboundedReceiver<Event>) -> Response {
    let first = tokio::select! {
        biased;
        event = events.recv() => event,
        ended = &mut work.0 => match ended {
            Ok(_) => None,
            Err(error) => return Problem::from(error).into_response(),
        },
    };
    let body = Streamed {
        first,
        events,
        work: Some(work),
    };
    ([(CONTENT_TYPE, "text/event-stream")], Body::new(body)).into_response()
}

struct Streamed {
    first: Option<Event>,
    events: UnboundedReceiver<Event>,
    work: Option<Work>,
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
        let Some(work) = self.work.as_mut() else {
            return Poll::Ready(None);
        };
        // the work sends the events, so it is moved on before they are looked for
        let ended = work.0.as_mut().poll(context);
        if let Poll::Ready(Some(event)) = self.events.poll_recv(context) {
            if let Poll::Ready(result) = ended {
                self.work = None;
                let mut lines = line(&event).to_vec();
                while let Ok(event) = self.events.try_recv() {
                    lines.extend_from_slice(&line(&event));
                }
                lines.extend_from_slice(&last(result));
                return frame(lines.into());
            }
            return frame(line(&event));
        }
        match ended {
            Poll::Ready(result) => {
                self.work = None;
                frame(last(result))
            }
            Poll::Pending => Poll::Pending,
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
