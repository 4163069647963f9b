//! `/v1/keys`.

mod create;
mod get;
mod list;
mod revoke;
