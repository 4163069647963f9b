//! `/v1/consumers` and `/v1/consumer_tests`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod enable;
pub(crate) mod form;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod representation;
pub(crate) mod test;
pub(crate) mod update;
