//! What is counted for operators, in the text format of `OpenMetrics`, which Prometheus reads.

mod kept;
mod sources;

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{EventCause, UsageResult};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use grantd_secrets::Sources;

use self::kept::Kept;
use crate::token::failure::{self, TokenFailure};
use crate::token::held::HeldToken;

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds of the time that token requests take, in seconds.
const SECONDS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Why a request was made and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    cause: &'static str,
    result: &'static str,
}

/// What kind of channel an alert went to, and how that ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlertLabels {
    kind: &'static str,
    result: &'static str,
}

/// The kinds of channels.
const CHANNELS: [&str; 3] = ["webhook", "email", "chat"];

/// How an attempt to bring an alert to a channel ends.
const ATTEMPTS: [&str; 3] = ["delivered", "failed", "given_up"];

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    in_flight: Gauge,
    handed_out: Counter,
    failed: Counter,
    held: Gauge,
    queued: Gauge,
    alerts: Family<AlertLabels, Counter>,
    ready: Gauge,
    kept: Kept,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::<RequestLabels, Counter>::default();
        let seconds = Histogram::new(SECONDS);
        let (in_flight, held, queued) = (Gauge::default(), Gauge::default(), Gauge::default());
        let (handed_out, failed) = (Counter::default(), Counter::default());
        let mut registry = Registry::with_prefix("grantd");
        registry.register(
            "token_requests",
            "Requests to authorization servers, by cause and by result: issued, or the class of the failure",
            requests.clone(),
        );
        registry.register_with_unit(
            "token_request_duration",
            "How long requests to authorization servers took",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register(
            "token_requests_in_flight",
            "Requests to authorization servers that are under way or wait for their turn",
            in_flight.clone(),
        );
        registry.register(
            "tokens_handed_out",
            "Tokens handed out to callers",
            handed_out.clone(),
        );
        registry.register(
            "tokens_refused",
            "Callers who got no token because none could be had",
            failed.clone(),
        );
        registry.register(
            "credentials_in_use",
            "Credentials held in memory",
            held.clone(),
        );
        registry.register(
            "tokens_queued",
            "Places in the queue of tokens to renew, outdated ones included",
            queued.clone(),
        );
        let alerts = Family::<AlertLabels, Counter>::default();
        registry.register(
            "alert_deliveries",
            "Attempts to bring an alert to a channel, by kind and by result: delivered, failed, or given_up after \
             the last attempt",
            alerts.clone(),
        );
        registry.register(
            "build",
            "Which grantd this is",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
        let ready = Gauge::default();
        registry.register(
            "ready",
            "Whether requests should be sent here, as /readyz says",
            ready.clone(),
        );
        let kept = Kept::default();
        kept.register(&mut registry);
        let metrics = Self {
            registry,
            requests,
            seconds,
            in_flight,
            handed_out,
            failed,
            held,
            queued,
            alerts,
            ready,
            kept,
        };
        metrics.begin_at_zero();
        metrics
    }
}

impl Metrics {
    /// Nothing counted so far, and how these sources fare.
    #[must_use]
    pub fn with_sources(sources: Arc<Sources>) -> Self {
        let mut metrics = Self::default();
        let collector = Box::new(sources::SourceCollector(sources));
        metrics.registry.register_collector(collector);
        metrics
    }

    /// The same, and what this tells at each look.
    #[must_use]
    pub fn and(mut self, collector: impl Collector) -> Self {
        self.registry.register_collector(Box::new(collector));
        self
    }

    /// Notes whether requests should be sent here.
    pub fn set_ready(&self, is_ready: bool) {
        self.ready.set(i64::from(is_ready));
    }

    /// Everything as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        match text::encode(&mut out, &self.registry) {
            Ok(()) => out,
            // a String takes everything
            Err(_) => String::new(),
        }
    }

    /// Makes the series that alerts are made of: `rate` and `increase` do not see the first step of one that
    /// begins with it.
    fn begin_at_zero(&self) {
        let cause = EventCause::Renewal.name();
        for result in failure::CLASSES.into_iter().chain(["issued"]) {
            drop(
                self.requests
                    .get_or_create(&RequestLabels { cause, result }),
            );
        }
        for kind in CHANNELS {
            for result in ATTEMPTS {
                drop(self.alerts.get_or_create(&AlertLabels { kind, result }));
            }
        }
    }

    pub(crate) fn alert_tried(&self, kind: &'static str, is_delivered: bool) {
        let result = if is_delivered { "delivered" } else { "failed" };
        let labels = AlertLabels { kind, result };
        self.alerts.get_or_create(&labels).inc();
    }

    pub(crate) fn alert_given_up(&self, kind: &'static str) {
        let result = "given_up";
        let labels = AlertLabels { kind, result };
        self.alerts.get_or_create(&labels).inc();
    }

    pub(crate) fn flight_begins(&self) {
        self.in_flight.inc();
    }

    pub(crate) fn flight_is_cut_off(&self) {
        self.in_flight.dec();
    }

    pub(crate) fn flight_ends(
        &self,
        cause: EventCause,
        result: &Result<HeldToken, TokenFailure>,
        duration: Duration,
    ) {
        self.in_flight.dec();
        self.seconds.observe(duration.as_secs_f64());
        let result = match result {
            Ok(_) => "issued",
            Err(failure) => failure::class(&failure.cause),
        };
        let cause = cause.name();
        self.requests
            .get_or_create(&RequestLabels { cause, result })
            .inc();
    }

    pub(crate) fn handed_out(&self, result: UsageResult) {
        self.handed_out_many(result, 1);
    }

    pub(crate) fn handed_out_many(&self, result: UsageResult, count: u64) {
        match result {
            UsageResult::HandedOut => self.handed_out.inc_by(count),
            UsageResult::Failed => self.failed.inc_by(count),
        };
    }

    pub(crate) fn sizes(&self, held: usize, queued: usize) {
        self.held.set(i64::try_from(held).unwrap_or(i64::MAX));
        self.queued.set(i64::try_from(queued).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alerted_on_is_there_before_it_happens_with_every_result_of_the_book() {
        let text = Metrics::default().text();
        let book = include_str!("../../../docs/book/metrics.md");
        let (_, table) = book.split_once("| result | what went wrong |").unwrap();
        let rows = table.lines().skip(2).take_while(|it| it.starts_with('|'));
        let cells = rows.filter_map(|it| it.split('|').nth(1));
        let mut results: Vec<&str> = cells
            .flat_map(|it| it.split('`').skip(1).step_by(2))
            .collect();
        let mut classes = failure::CLASSES.to_vec();
        results.sort_unstable();
        classes.sort_unstable();
        assert_eq!(results, classes);
        for result in results {
            let labels = format!("{{cause=\"renewal\",result=\"{result}\"}} 0");
            assert!(text.contains(&labels), "{labels}\n{text}");
        }
        for kind in CHANNELS {
            let labels = format!("{{kind=\"{kind}\",result=\"given_up\"}} 0");
            assert!(text.contains(&labels), "{labels}\n{text}");
        }
    }
}
