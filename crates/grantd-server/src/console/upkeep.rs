//! What keeps an installation going: the keys that seal, backups, the check of the audit log.

mod backup;
mod check;
mod keyring;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/keyring", get(keyring::show))
        .route("/console/keyring/rotate", post(keyring::rotate))
        .route(
            "/console/keyring/{key}/forget",
            get(keyring::ask).post(keyring::forget),
        )
        .route("/console/backup", post(backup::create))
        .route(
            "/console/activity/check",
            get(check::show).post(check::check),
        )
        .route("/console/activity/checkpoint", get(check::checkpoint))
}
