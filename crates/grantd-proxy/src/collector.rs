//! What is counted of consumers, as operators collect it: the labels are slugs, so there are as many series as
//! consumers, times a handful.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::metrics::{BOUNDS_US, ConsumerMetrics, Phase};
use crate::table::Table;

/// The consumers that are served, shared by who serves them and who counts.
#[derive(Debug, Clone, Default)]
pub struct Consumers(pub(crate) Arc<ArcSwap<Table>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConsumerLabels {
    consumer: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    consumer: String,
    answered_by: &'static str,
    status: &'static str,
}

/// The phases that are timed, with their names and what they are.
const PHASES: [(Phase, &str, &str); 3] = [
    (
        Phase::Token,
        "consumer_token_wait",
        "How long requests waited for a token that was not at hand",
    ),
    (
        Phase::Connect,
        "consumer_connect",
        "How long it took to connect to the service, where no connection was idle",
    ),
    (
        Phase::Answer,
        "consumer_answer",
        "How long it took from sending a request until the header of the answer",
    ),
];

/// The name of a counter, what it is, and where it is read.
type CounterOf = (&'static str, &'static str, fn(&ConsumerMetrics) -> u64);

impl Collector for Consumers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let table = self.0.load_full();
        let all: Vec<(String, &ConsumerMetrics)> = table
            .routes()
            .map(|route| {
                let slug = route.used.consumer().slug.to_string();
                (slug, route.metrics.as_ref())
            })
            .collect();
        if all.is_empty() {
            return Ok(());
        }
        let help = "Requests through HTTP consumers, by who answered (service or grantd) and the hundred of the status";
        let mut requests =
            encoder.encode_descriptor("consumer_requests", help, None, MetricType::Counter)?;
        for (consumer, metrics) in &all {
            for (answered_by, status, count) in metrics.requests() {
                let labels = RequestLabels {
                    consumer: consumer.clone(),
                    answered_by,
                    status,
                };
                ConstCounter::new(count).encode(requests.encode_family(&labels)?)?;
            }
        }
        let counters: [CounterOf; 3] = [
            (
                "consumer_repeats",
                "Requests that were sent again with another token",
                ConsumerMetrics::repeats,
            ),
            (
                "consumer_stale_retries",
                "Requests that were sent again because an idle connection was dead",
                ConsumerMetrics::stale_retries,
            ),
            (
                "consumer_callers_left",
                "Requests whose callers left before there was an answer",
                ConsumerMetrics::left,
            ),
        ];
        for (name, help, value) in counters {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (consumer, metrics) in &all {
                let labels = of(consumer);
                ConstCounter::new(value(metrics)).encode(metric.encode_family(&labels)?)?;
            }
        }
        let help = "Requests through HTTP consumers that wait for the header of an answer";
        let mut metric = encoder.encode_descriptor(
            "consumer_requests_waiting",
            help,
            None,
            MetricType::Gauge,
        )?;
        for (consumer, metrics) in &all {
            ConstGauge::new(metrics.waiting()).encode(metric.encode_family(&of(consumer))?)?;
        }
        for (phase, name, help) in PHASES {
            let unit = Some(&Unit::Seconds);
            let mut metric = encoder.encode_descriptor(name, help, unit, MetricType::Histogram)?;
            for (consumer, metrics) in &all {
                histogram(metrics.times(phase), metric.encode_family(&of(consumer))?)?;
            }
        }
        Ok(())
    }
}

fn of(consumer: &str) -> ConsumerLabels {
    ConsumerLabels {
        consumer: consumer.to_owned(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of less than three centuries, shown in seconds"
)]
fn histogram(
    (counts, sum_us): (Vec<u64>, u64),
    mut encoder: MetricEncoder,
) -> Result<(), fmt::Error> {
    let seconds = |micros: u64| micros as f64 / 1e6;
    let bounds = BOUNDS_US
        .iter()
        .map(|bound| seconds(*bound))
        .chain([f64::MAX]);
    let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
    let count = buckets.iter().map(|(_, count)| count).sum();
    encoder.encode_histogram::<NoLabelSet>(seconds(sum_us), count, &buckets, None)
}
