//! The peers by themselves: what the other tests rely on is true of these servers.

mod glewlwyd;
mod oidc_provider;
