//! Administration > Global Settings > Credentials.

mod actions;
mod edit;
mod fields;
mod list;
mod page;
mod reference;
mod rotate;
mod snippets;
mod stale;
mod standing;
mod validate;
mod validation;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use edit::restored;
pub(super) use fields::to_send_back;
pub(super) use page::first_hour;
pub(super) use standing::{Shown, failure_class};

/// The pages of credentials.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/credentials", get(list::show))
        .route(edit::NEW, get(edit::new).post(edit::add))
        .route("/console/new-credential/slug", get(edit::slug))
        .route("/console/validate", post(validate::live))
        .route("/console/credentials/{credential}", get(page::show))
        .route(
            "/console/credentials/{credential}/edit",
            get(edit::edit).post(edit::update),
        )
        .route(
            "/console/credentials/{credential}/validate",
            post(validate::saved),
        )
        .route(
            "/console/credentials/{credential}/renew",
            post(actions::renew),
        )
        .route(
            "/console/credentials/{credential}/drop",
            post(actions::drop),
        )
        .route(
            "/console/credentials/{credential}/enable",
            post(actions::enable),
        )
        .route(
            "/console/credentials/{credential}/disable",
            get(actions::ask_disable).post(actions::disable),
        )
        .route(
            "/console/credentials/{credential}/delete",
            get(actions::ask_delete).post(actions::delete),
        )
        .route(
            "/console/credentials/{credential}/rotate",
            get(rotate::show).post(rotate::add),
        )
        .route(
            "/console/credentials/{credential}/promote",
            post(rotate::promote),
        )
}
