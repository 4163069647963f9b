//! `/v1/alert_channels`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
mod form;
pub(crate) mod get;
pub(crate) mod list;
mod message;
mod representation;
pub(crate) mod rotate;
pub(crate) mod test;
pub(crate) mod update;

pub(crate) use representation::standing;
