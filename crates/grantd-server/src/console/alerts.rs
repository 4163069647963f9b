//! Alert channels: the list, a channel's page with what went there, its form, trying, rotating and deleting it.

mod delete;
mod edit;
mod fields;
mod list;
mod page;
mod shown;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use edit::{NEW as NEW_CHANNEL, restored};

/// The pages of alert channels.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/alerts", get(list::show))
        .route(NEW_CHANNEL, get(edit::new).post(edit::add))
        .route("/console/alerts/{channel}", get(page::show))
        .route("/console/alerts/{channel}/test", post(page::test))
        .route("/console/alerts/{channel}/rotate", post(page::rotate))
        .route(
            "/console/alerts/{channel}/deliveries/{id}/deliver",
            post(page::deliver),
        )
        .route(
            "/console/alerts/{channel}/edit",
            get(edit::edit).post(edit::update),
        )
        .route(
            "/console/alerts/{channel}/delete",
            get(delete::ask).post(delete::delete),
        )
}
