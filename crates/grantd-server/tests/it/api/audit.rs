//! `/v1/audit`.

mod check;
mod list;
