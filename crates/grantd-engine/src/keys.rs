//! API keys: create, get, list, revoke, authenticate.

pub(crate) mod authenticate;
pub(crate) mod create;
mod get;
mod list;
mod revoke;
