//! The steps of a validation as events: each when it begins and when it has ended.

use grantd_engine::{Step, StepKind, StepObserver};
use serde_json::json;

use super::representation::StepOut;
use crate::event_stream::Teller;

/// Passes steps on to a stream.
pub(super) struct Told(pub(super) Teller);

impl StepObserver for Told {
    fn begun(&self, kind: StepKind) {
        self.0.tell("step_begun", json!({"step": kind.name()}));
    }

    fn ended(&self, step: &Step) {
        let step = serde_json::to_value(StepOut::from(step)).unwrap_or_default();
        self.0.tell("step", step);
    }
}
