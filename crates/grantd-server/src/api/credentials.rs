//! `/v1/credentials`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod enable;
pub(crate) mod get;
pub(crate) mod list;
mod merge;
pub(crate) mod representation;
pub(crate) mod token;
pub(crate) mod update;
