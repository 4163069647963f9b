//! `/v1/users` and what lets people in for the first time.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod remove_factor;
pub(crate) mod representation;
pub(crate) mod setup_link;
pub(crate) mod update;
