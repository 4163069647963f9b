//! Access: who may sign in, and which programs have keys.

mod keys;
mod page;
mod users;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use keys::restored;
pub(super) use page::grant_words;

/// The pages of access.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/console/access", get(page::show))
        .route("/console/access/users", post(users::add))
        .route("/console/access/users/{user}", get(users::one))
        .route("/console/access/users/{user}/role", post(users::set_role))
        .route("/console/access/users/{user}/enable", post(users::enable))
        .route("/console/access/users/{user}/disable", post(users::disable))
        .route("/console/access/users/{user}/link", post(users::link))
        .route(
            "/console/access/users/{user}/remove-factor",
            post(users::remove_factor),
        )
        .route(
            "/console/access/users/{user}/delete",
            get(users::ask_delete).post(users::delete),
        )
        .route("/console/access/keys/new", get(keys::new).post(keys::add))
        .route(
            "/console/access/keys/{key}/revoke",
            get(keys::ask_revoke).post(keys::revoke),
        )
}
