//! `/v1/keys`.

pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod representation;
pub(crate) mod revoke;
