//! grantd as a token endpoint, so that any OAuth client gets tokens without knowing grantd: an API
//! key is the client, the slug of a credential is the scope.

mod base;
mod client;
mod error;
mod form;
mod metadata;
mod token;
mod wanted;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// Where the token endpoint is.
pub(crate) const TOKEN_PATH: &str = "/oauth2/token";

/// The path of the authority for clients that want one.
const ROOT_PATH: &str = "/oauth2";

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(TOKEN_PATH, post(token::token))
        .route(
            "/.well-known/oauth-authorization-server",
            get(metadata::authorization_server),
        )
        .route(
            "/.well-known/openid-configuration",
            get(metadata::openid_provider),
        )
        .route(
            "/.well-known/oauth-authorization-server/oauth2",
            get(metadata::authorization_server_below),
        )
        // some clients want a path in the authority whose configuration they look for
        .route(
            "/oauth2/.well-known/openid-configuration",
            get(metadata::openid_provider_below),
        )
        .route("/oauth2/jwks", get(metadata::keys))
        .route("/oauth2/authorize", get(metadata::authorize))
}
