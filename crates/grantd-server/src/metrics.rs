//! `GET /metrics`, on a listener of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use grantd_engine::{METRICS_MEDIA_TYPE, Metrics};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{Readiness, Server, health};

/// How long what was counted in the database holds for whoever asks again: anybody may ask.
const HOLDS: Duration = Duration::from_secs(10);

impl Server {
    /// A server of what is counted and of the probes, without a key.
    #[must_use]
    pub fn of_metrics(metrics: Arc<Metrics>, readiness: Readiness) -> Self {
        let counted = Arc::new(Counted {
            metrics,
            readiness: readiness.clone(),
            at: Mutex::default(),
        });
        let text = async move || ([(CONTENT_TYPE, METRICS_MEDIA_TYPE)], counted.text().await);
        let routes = Router::new().route("/metrics", get(text));
        Self::of_router(routes.merge(health::routes(readiness)))
    }
}

/// What is counted, with when that was last done in the database.
struct Counted {
    metrics: Arc<Metrics>,
    readiness: Readiness,
    at: Mutex<Option<Instant>>,
}

impl Counted {
    async fn text(&self) -> String {
        let standing = self.readiness.standing().await;
        self.metrics.set_ready(standing.is_ready());
        let mut at = self.at.lock().await;
        // one that hangs would hold up the scrape; that the database is in trouble is told above
        if standing.is_ready() && at.is_none_or(|at| at.elapsed() >= HOLDS) {
            *at = Some(Instant::now());
            if let Err(error) = self.readiness.engine().count_kept().await {
                tracing::warn!(%error, "what is kept could not be counted for the metrics");
            }
        }
        drop(at);
        self.metrics.text()
    }
}
