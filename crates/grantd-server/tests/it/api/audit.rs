//! `/v1/audit`.

mod list;
