//! Tells whether the process answers.

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// `GET /healthz`, whatever the Host header says: probes come by address.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(async || "ok\n"))
}
