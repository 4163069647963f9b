//! The steps of a validation as events: each when it begins and when it has ended.

use grantd_engine::{Step, StepKind, StepObserver};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use super::representation::StepOut;
use crate::event_stream::Event;

/// Passes steps on to a stream.
pub(super) struct Sender(pub(super) UnboundedSender<Event>);

impl StepObserver for Sender {
    fn begun(&self, kind: StepKind) {
        // a client that has left is told nothing
        let _ = self.0.send(Event {
            name: "step_begun",
            data: json!({"step": kind.name()}),
        });
    }

    fn ended(&self, step: &Step) {
        let _ = self.0.send(Event {
            name: "step",
            data: serde_json::to_value(StepOut::from(step)).unwrap_or_default(),
        });
    }
}
