//! A request whose answer is told while it comes: events, the last of which is the result.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use grantd_net::{BodyObserver, Outbound};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::event_stream::{Event, EventReader};
use super::{Call, Client, answer};
use crate::failure::Failure;

/// The largest stream, in bytes: what comes in is told at once and only bounded by this.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What is accepted.
const ACCEPT: &str = "text/event-stream, application/problem+json";

/// The event with the result.
const RESULT: &str = "result";

/// The event with why there is no result.
const PROBLEM: &str = "problem";

impl Client {
    /// Sends a request, tells each event of the answer as it comes, and returns the result. An
    /// answer that is no stream is the result.
    ///
    /// # Errors
    /// Those of `each`; when there is no answer, it says no, or it ends before the result.
    pub(crate) async fn stream(
        &self,
        call: Call<'_>,
        mut each: impl FnMut(&Event) -> Result<(), Failure>,
    ) -> Result<Value, Failure> {
        let mut request = self.request(Call {
            accept: ACCEPT,
            ..call
        })?;
        request.limits.response_bytes = MOST_BYTES;
        let (sender, mut events) = unbounded_channel();
        request.body_observer = Some(Arc::new(Listener {
            stream: Mutex::default(),
            events: sender,
        }));
        let mut last = None;
        let mut take = |event: Event| {
            each(&event)?;
            last = Some(event);
            Ok::<(), Failure>(())
        };
        let mut sending = pin!(self.net.send(request));
        let response = loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => take(event)?,
                response = &mut sending => break response,
            }
        };
        while let Ok(event) = events.try_recv() {
            take(event)?;
        }
        let response = response.map_err(|failure| self.unreachable(&failure.error))?;
        if !is_stream(response.status, &response.headers) {
            return Ok(answer::read(&self.base, &response)?.document);
        }
        match last {
            Some(event) if event.name == RESULT => Ok(event.data),
            Some(event) if event.name == PROBLEM => Err(answer::problem(&self.base, event.data)),
            _ => Err(Failure::refused(
                "the answer of grantd ended before its result",
            )),
        }
    }
}

/// Reads events out of what comes in.
struct Listener {
    /// None while the answer is no stream.
    stream: Mutex<Option<EventReader>>,
    events: UnboundedSender<Event>,
}

impl BodyObserver for Listener {
    fn begun(&self, status: StatusCode, headers: &HeaderMap) {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        *stream = is_stream(status, headers).then(EventReader::default);
    }

    fn piece(&self, bytes: &[u8]) {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = stream.as_mut() {
            reader.push(bytes, |event| {
                // whoever asked may have gone away
                let _ = self.events.send(event);
            });
        }
    }
}

fn is_stream(status: StatusCode, headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    status.is_success() && kind.starts_with("text/event-stream")
}
