//! `/v1/sources`.

pub(crate) mod list;
