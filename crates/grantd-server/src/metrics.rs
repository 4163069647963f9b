//! `GET /metrics`, on a listener of its own.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use grantd_engine::{METRICS_MEDIA_TYPE, Metrics};

use crate::{Readiness, Server, health};

impl Server {
    /// A server of what is counted and of the probes, without a key.
    #[must_use]
    pub fn of_metrics(metrics: Arc<Metrics>, readiness: Readiness) -> Self {
        let text = async move || ([(CONTENT_TYPE, METRICS_MEDIA_TYPE)], metrics.text());
        let routes = Router::new().route("/metrics", get(text));
        Self::of_router(routes.merge(health::routes(readiness)))
    }
}
