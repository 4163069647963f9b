//! Writes down steps, and tells of them while they happen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use grantd_model::Clock;
use grantd_net::{Outcome, Phase, PhaseObserver, PhaseReport};

use super::steps::{Step, StepKind, StepObserver, StepOutcome};
use super::{meaning, remedy};
use crate::EngineError;
use crate::token::failure;

/// At most one step is open at a time.
pub(super) struct Watch {
    observer: Option<Arc<dyn StepObserver>>,
    clock: Arc<dyn Clock>,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    /// The step that is open, and since when.
    open: Option<(StepKind, Duration)>,
    steps: Vec<Step>,
}

impl Watch {
    pub(super) fn new(observer: Option<Arc<dyn StepObserver>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            observer,
            clock,
            written: Mutex::default(),
        }
    }

    /// Everything that was written down.
    pub(super) fn steps(&self) -> Vec<Step> {
        std::mem::take(&mut self.written().steps)
    }

    /// Opens a step.
    pub(super) fn begin(&self, kind: StepKind) {
        self.written().open = Some((kind, self.clock.since_boot()));
        if let Some(observer) = &self.observer {
            observer.begun(kind);
        }
    }

    /// Opens a step, unless it is open already.
    pub(super) fn begin_again(&self, kind: StepKind) {
        let is_open = matches!(self.written().open, Some((open, _)) if open == kind);
        if !is_open {
            self.begin(kind);
        }
    }

    /// Ends the open step as it should.
    pub(super) fn done(&self, detail: String) {
        self.end(StepOutcome::Done, |step| step.detail = detail);
    }

    /// Ends the open step with a failure.
    pub(super) fn fail(&self, error: &EngineError) {
        self.end(StepOutcome::Failed, |step| {
            step.detail = error.to_string();
            step.class = Some(failure::class(error));
            step.meaning = meaning(error);
            step.remedy = remedy(error);
            if let EngineError::Token(answer) = error {
                step.answer = Some(answer.clone());
            }
        });
    }

    /// Ends the open step with a failure; where none is open, the request could not even be made,
    /// or its answer was read and is of no use.
    pub(super) fn fail_where_it_is(&self, error: &EngineError) {
        let open = self.written().open;
        if open.is_none() {
            self.begin(match error {
                EngineError::Token(_)
                | EngineError::SenderConstrained
                | EngineError::OverOnArrival => StepKind::TokenResponse,
                _ => StepKind::TokenRequest,
            });
        }
        self.fail(error);
    }

    /// Ends the open step with what a resource answered that is no success.
    pub(super) fn fail_with(&self, class: &'static str, detail: String, remedy: &str) {
        self.end(StepOutcome::Failed, |step| {
            step.detail = detail;
            step.class = Some(class);
            step.remedy = Some(remedy.to_owned());
        });
    }

    fn end(&self, outcome: StepOutcome, fill: impl FnOnce(&mut Step)) {
        let mut written = self.written();
        let Some((kind, since)) = written.open.take() else {
            return;
        };
        let mut step = Step {
            kind,
            outcome,
            duration: self.clock.since_boot().saturating_sub(since),
            detail: String::new(),
            class: None,
            meaning: None,
            remedy: None,
            answer: None,
        };
        fill(&mut step);
        if let Some(observer) = &self.observer {
            observer.ended(&step);
        }
        written.steps.push(step);
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PhaseObserver for Watch {
    fn begun(&self, phase: Phase) {
        self.begin(StepKind::of_phase(phase));
    }

    fn ended(&self, report: &PhaseReport) {
        match (report.phase, report.outcome) {
            // what failed is told with its cause, when that is known; the body is not yet read
            (_, Outcome::Failed) | (Phase::Response, _) => {}
            (_, Outcome::Done) => self.done(report.detail.clone()),
            (_, Outcome::Reused) => self.end(StepOutcome::Reused, |_| {}),
        }
    }
}
