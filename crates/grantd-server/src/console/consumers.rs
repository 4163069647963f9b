//! HTTP consumers: the list, a consumer's page, its form, and what can be done to it.

mod actions;
mod edit;
mod faults;
mod fields;
mod list;
mod page;
mod reach;
mod report;
mod standing;
mod trial;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use edit::{NEW as NEW_CONSUMER, restored};
pub(super) use list::of_credential;

/// The pages of HTTP consumers.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/consumers", get(list::show))
        .route(NEW_CONSUMER, get(edit::new).post(edit::add))
        .route("/console/consumers/{consumer}", get(page::show))
        .route(
            "/console/consumers/{consumer}/edit",
            get(edit::edit).post(edit::update),
        )
        .route("/console/consumers/{consumer}/test", post(page::test))
        .route(
            "/console/consumers/{consumer}/enable",
            post(actions::enable),
        )
        .route(
            "/console/consumers/{consumer}/disable",
            post(actions::disable),
        )
        .route(
            "/console/consumers/{consumer}/delete",
            get(actions::ask_delete).post(actions::delete),
        )
}
