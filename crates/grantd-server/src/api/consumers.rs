//! `/v1/consumers`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod enable;
pub(crate) mod form;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod representation;
pub(crate) mod test;
pub(crate) mod update;
