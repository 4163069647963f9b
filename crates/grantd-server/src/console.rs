//! The web console: pages rendered here, which work without scripts.
//!
//! A page reads what was asked, calls the engine as the API does, and renders a template. Invariant:
//! no rule of access is decided here, no secret and no token is ever on a page but once, when it is
//! made for whoever looks at it.

mod access;
mod account;
mod activity;
mod alerts;
mod assets;
mod charts;
mod consumers;
mod cookie;
mod credentials;
mod door;
mod failed;
mod fault;
mod form;
mod frame;
mod global_settings;
mod held;
mod import;
mod link;
mod listeners;
mod merge;
mod once;
mod overview;
mod pairs;
mod protect;
mod settings;
mod show;
mod sign_in;
mod sizes;
mod sources;
mod state;
mod texts;
mod upkeep;
mod visit;
mod visitor;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::Redirect;
use axum::routing::{any, get, post};

use crate::app::App;

pub(crate) use failed::wrong_host;
pub(crate) use state::ConsoleState;

/// The largest form, in bytes: a CA bundle fits in.
const MOST_FORM_BYTES: usize = 512 * 1024;

/// Where the console is.
const ROOT: &str = "/console/";

/// The largest form of the sign-in, in bytes: the form that was being filled is held in it, which
/// grows by being written down once more.
const MOST_HELD_BYTES: usize = 4 * MOST_FORM_BYTES;

fn sign_in_pages() -> Router<App> {
    Router::new()
        .route("/console/sign-in", get(sign_in::show).post(sign_in::enter))
        .route(
            "/console/sign-in/code",
            get(sign_in::ask_code).post(sign_in::enter_code),
        )
        .layer(DefaultBodyLimit::max(MOST_HELD_BYTES))
}

/// All pages.
pub(crate) fn routes(app: &App) -> Router<App> {
    let pages = Router::new()
        .route("/console/", get(overview::show))
        .route("/console/sign-out", post(sign_in::leave))
        .route("/console/link", get(link::show).post(link::follow))
        .route("/console/link/password", post(link::choose))
        .route("/console/global-settings", get(global_settings::show))
        .merge(credentials::routes())
        .merge(listeners::routes())
        .merge(consumers::routes())
        .merge(sources::routes())
        .merge(alerts::routes())
        .route("/console/activity", get(activity::show))
        .route("/console/activity/export", get(activity::export))
        .merge(access::routes())
        .merge(upkeep::routes())
        .route("/console/settings", get(settings::show))
        .merge(account::routes())
        .route("/console/{*rest}", any(failed::unknown_page))
        .layer(DefaultBodyLimit::max(MOST_FORM_BYTES))
        .merge(import::routes())
        .merge(sign_in_pages())
        .method_not_allowed_fallback(failed::wrong_method)
        .layer(protect::compressed())
        .layer(protect::same_origin(app))
        .layer(middleware::from_fn_with_state(app.clone(), failed::render))
        .layer(protect::policy());
    Router::new()
        .route("/", get(async || Redirect::to(ROOT)))
        .route("/console", get(async || Redirect::to(ROOT)))
        .merge(assets::routes())
        .merge(pages)
}
