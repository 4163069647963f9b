//! `/v1/audit`.

pub(crate) mod check;
pub(crate) mod checkpoint;
pub(crate) mod export;
pub(crate) mod list;
