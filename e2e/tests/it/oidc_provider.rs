//! Tests that need oidc-provider: `cargo xtask test` knows them by the name of this module.

mod cli;
mod client_authentication;
mod credential;
mod credential_helpers;
mod external;
mod h2load;
mod mitmproxy;
mod refusal;
mod restart;
mod standard_clients;
mod tls;
mod token;
mod validate;
