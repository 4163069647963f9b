//! Tells whether the process answers, and whether requests should be sent here.

use axum::Router;
use axum::routing::get;

use crate::Readiness;

/// `GET /healthz` and `GET /readyz`, whatever the Host header says: probes come by address.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Router<S> {
    let ready = async move || readiness.answer().await;
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
}
