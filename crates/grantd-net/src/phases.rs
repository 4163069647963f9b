//! The phases of a request, each with its time and its outcome.
//!
//! They are told twice: live, to an observer, and as a list in the response or the failure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// A step on the way from a URL to an answer, in the order in which they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The name is looked up; absent for a literal address and where a proxy resolves.
    Dns,
    /// The egress guard checks every address.
    EgressPolicy,
    /// The TCP connection, to the target or to the proxy.
    Tcp,
    /// The proxy is asked for a tunnel.
    Proxy,
    /// The TLS handshake with the target.
    Tls,
    /// From sending the request to the first byte of the answer.
    Request,
    /// The body of the answer.
    Response,
}

impl Phase {
    /// A stable name in `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::EgressPolicy => "egress_policy",
            Self::Tcp => "tcp",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a phase ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// As it should.
    Done,
    /// Not needed: an idle connection was taken.
    Reused,
    /// With the error that the failure carries.
    Failed,
}

/// A phase that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseReport {
    /// Which one.
    pub phase: Phase,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
    /// What was found, for people; may be empty.
    pub detail: String,
}

/// Is told of phases while they happen. The methods are called in line and must return at once.
pub trait PhaseObserver: Send + Sync {
    /// A phase begins.
    fn begun(&self, phase: Phase);

    /// A phase has ended.
    fn ended(&self, report: &PhaseReport);
}

/// Writes down phases; at most one is open at a time.
pub(crate) struct Recorder {
    observer: Option<Arc<dyn PhaseObserver>>,
    open: Option<(Phase, Instant)>,
    reports: Vec<PhaseReport>,
}

impl Recorder {
    pub(crate) fn new(observer: Option<Arc<dyn PhaseObserver>>) -> Self {
        Self {
            observer,
            open: None,
            reports: Vec::with_capacity(7),
        }
    }

    /// Opens a phase.
    pub(crate) fn begin(&mut self, phase: Phase) {
        self.open = Some((phase, Instant::now()));
        if let Some(observer) = &self.observer {
            observer.begun(phase);
        }
    }

    /// Ends the open phase as it should.
    pub(crate) fn done(&mut self, detail: String) {
        self.end(Outcome::Done, detail);
    }

    /// Ends the open phase, if any, with a failure.
    pub(crate) fn failed(&mut self) {
        self.end(Outcome::Failed, String::new());
    }

    /// Writes down a phase that was not needed.
    pub(crate) fn reused(&mut self, phase: Phase) {
        self.begin(phase);
        self.end(Outcome::Reused, String::new());
    }

    /// The phase that is open.
    pub(crate) fn open_phase(&self) -> Option<Phase> {
        self.open.map(|(phase, _)| phase)
    }

    /// Forgets the phases of a connection that turned out dead before anything was sent on it.
    pub(crate) fn start_over(&mut self) {
        self.open = None;
        self.reports.clear();
    }

    /// Everything that was written down.
    pub(crate) fn into_reports(self) -> Vec<PhaseReport> {
        self.reports
    }

    fn end(&mut self, outcome: Outcome, detail: String) {
        let Some((phase, since)) = self.open.take() else {
            return;
        };
        let report = PhaseReport {
            phase,
            outcome,
            duration: since.elapsed(),
            detail,
        };
        if let Some(observer) = &self.observer {
            observer.ended(&report);
        }
        self.reports.push(report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_written_down_in_order_and_forgotten_when_starting_over() {
        let mut recorder = Recorder::new(None);
        recorder.reused(Phase::Tcp);
        recorder.begin(Phase::Request);
        recorder.start_over();
        recorder.failed();
        recorder.begin(Phase::Dns);
        recorder.done("192.0.2.1".to_owned());
        recorder.begin(Phase::Tcp);
        recorder.failed();
        recorder.failed();
        let reports = recorder.into_reports();
        let ends: Vec<_> = reports.iter().map(|it| (it.phase, it.outcome)).collect();
        assert_eq!(
            ends,
            [(Phase::Dns, Outcome::Done), (Phase::Tcp, Outcome::Failed)]
        );
        assert_eq!(reports[0].detail, "192.0.2.1");
    }
}
