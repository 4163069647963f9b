//! Email listeners: the list, a listener's page, its form, and what can be done to it and its mails.

mod actions;
mod edit;
mod fields;
mod list;
mod page;
mod report;
mod standing;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use edit::{NEW as NEW_LISTENER, restored};
pub(super) use standing::Shown;

/// The pages of email listeners.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/listeners", get(list::show))
        .route(NEW_LISTENER, get(edit::new).post(edit::add))
        .route("/console/listeners/{listener}", get(page::show))
        .route(
            "/console/listeners/{listener}/edit",
            get(edit::edit).post(edit::update),
        )
        .route("/console/listeners/{listener}/test", post(page::test))
        .route("/console/listeners/{listener}/pause", post(actions::pause))
        .route(
            "/console/listeners/{listener}/resume",
            post(actions::resume),
        )
        .route(
            "/console/listeners/{listener}/delete",
            get(actions::ask_delete).post(actions::delete),
        )
        .route(
            "/console/listeners/{listener}/mails/{key}/deliver",
            post(actions::deliver),
        )
        .route(
            "/console/listeners/{listener}/letters/{key}/discard",
            post(actions::discard),
        )
}
