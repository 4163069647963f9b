//! How secret sources fare, as it is at each look.

use std::fmt;
use std::sync::Arc;

use grantd_secrets::Sources;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Which source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabels {
    source: String,
}

/// Which source, and how it answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    source: String,
    result: &'static str,
}

/// Tells of all sources.
pub(super) struct SourceCollector(pub(super) Arc<Sources>);

impl fmt::Debug for SourceCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceCollector")
    }
}

impl Collector for SourceCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let listed = self.0.list();
        if listed.is_empty() {
            return Ok(());
        }
        let help = "Secrets read from a secret source, by result: read, stale (it could not be asked, and \
                    what was read before was used), or the class of the failure";
        let mut reads =
            encoder.encode_descriptor("secret_reads", help, None, MetricType::Counter)?;
        for it in &listed {
            let told = [("read", it.health.reads), ("stale", it.health.stale)];
            for (result, count) in told.into_iter().chain(it.health.failures.iter().copied()) {
                let labels = ReadLabels {
                    source: it.name.to_string(),
                    result,
                };
                ConstCounter::new(count).encode(reads.encode_family(&labels)?)?;
            }
        }
        let mut gauge =
            |name: &str, help: &str, value: &dyn Fn(&grantd_secrets::SourceListed) -> i64| {
                let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                for it in &listed {
                    let labels = SourceLabels {
                        source: it.name.to_string(),
                    };
                    ConstGauge::new(value(it)).encode(metric.encode_family(&labels)?)?;
                }
                Ok::<(), fmt::Error>(())
            };
        gauge(
            "secret_source_failing",
            "Whether a secret source can not be asked",
            &|it| i64::from(it.health.failing_since.is_some()),
        )?;
        gauge(
            "secrets_kept",
            "Secrets of a secret source that are kept in memory",
            &|it| i64::try_from(it.health.kept).unwrap_or(i64::MAX),
        )
    }
}
