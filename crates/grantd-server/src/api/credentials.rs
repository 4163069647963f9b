//! `/v1/credentials`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod enable;
pub(crate) mod events;
pub(crate) mod get;
mod health;
pub(crate) mod list;
pub(crate) mod merge;
pub(crate) mod renew;
pub(crate) mod representation;
pub(crate) mod secrets;
pub(crate) mod token;
pub(crate) mod update;
pub(crate) mod usage;
