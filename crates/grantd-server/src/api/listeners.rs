//! `/v1/listeners`, `/v1/listener_tests` and `/v1/spools`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
pub(crate) mod form;
pub(crate) mod get;
pub(crate) mod hours;
pub(crate) mod letters;
pub(crate) mod list;
pub(crate) mod pause;
pub(crate) mod representation;
pub(crate) mod spools;
pub(crate) mod test;
pub(crate) mod update;
