//! Secret sources: the list, a source's page, its form, deleting one.

mod delete;
mod edit;
mod fields;
mod list;
mod page;
mod shown;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub(super) use edit::{NEW as NEW_SOURCE, restored};
pub(super) use shown::{Told, told};

/// The pages of secret sources.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/sources", get(list::show))
        .route(NEW_SOURCE, get(edit::new).post(edit::add))
        .route("/console/sources/{source}", get(page::show))
        .route(
            "/console/sources/{source}/edit",
            get(edit::edit).post(edit::update),
        )
        .route(
            "/console/sources/{source}/delete",
            get(delete::ask).post(delete::delete),
        )
}
