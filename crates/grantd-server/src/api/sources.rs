//! `/v1/sources`, `/v1/source_tests` and `/v1/reference_tests`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod entries;
pub(crate) mod form;
pub(crate) mod get;
pub(crate) mod list;
mod representation;
pub(crate) mod test;
pub(crate) mod update;

pub(crate) use representation::standing;
