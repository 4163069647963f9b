//! A line for a request: who asked what of which consumer, and how it ended. No query, no field, no token.

use std::cell::Cell;
use std::time::Duration;

use grantd_engine::Caller;
use grantd_model::Actor;
use http::Method;

/// Which requests have a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccessLog {
    /// None.
    #[default]
    Off,
    /// One of so many, and all that grantd itself refused; one of one is every one.
    OneOf(u32),
}

/// Decides for one thread.
#[derive(Debug)]
pub(crate) struct Sampler {
    log: AccessLog,
    count: Cell<u32>,
}

impl Sampler {
    pub(crate) const fn new(log: AccessLog) -> Self {
        Self {
            log,
            count: Cell::new(0),
        }
    }

    /// Whether this request has a line.
    pub(crate) fn takes(&self, is_refused: bool) -> bool {
        let AccessLog::OneOf(many) = self.log else {
            return false;
        };
        let count = self.count.get().wrapping_add(1);
        self.count.set(count);
        is_refused || count.is_multiple_of(many.max(1))
    }
}

/// What stands in a line.
pub(crate) struct Line<'a> {
    pub(crate) consumer: &'a str,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) method: &'a Method,
    /// Without the query.
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    /// The problem, where grantd itself answered.
    pub(crate) refused: Option<&'static str>,
    pub(crate) client: std::net::IpAddr,
    pub(crate) took: Duration,
}

impl Line<'_> {
    pub(crate) fn write(&self) {
        let actor = match self.caller {
            Some(Caller::Known(actor)) => match actor.as_ref() {
                Actor::Key { id, .. } => id.to_string(),
                Actor::User { id, .. } => id.to_string(),
                Actor::Workload { subject, .. } => subject.clone(),
                Actor::System => "system".to_owned(),
            },
            Some(Caller::Loopback) => "loopback".to_owned(),
            None => String::new(),
        };
        tracing::info!(
            target: "grantd::consumers",
            consumer = self.consumer,
            actor,
            method = self.method.as_str(),
            path = self.path,
            status = self.status,
            refused = self.refused,
            client = %self.client,
            took_ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "passed on"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_so_many_has_a_line_and_every_refusal() {
        let sampler = Sampler::new(AccessLog::OneOf(10));
        let lines = (0..100).filter(|_| sampler.takes(false)).count();
        assert_eq!(lines, 10);
        assert!((0..5).all(|_| sampler.takes(true)));
        let off = Sampler::new(AccessLog::Off);
        assert!(!off.takes(true) && !off.takes(false));
        assert!((0..5).all(|_| Sampler::new(AccessLog::OneOf(1)).takes(false)));
    }
}
