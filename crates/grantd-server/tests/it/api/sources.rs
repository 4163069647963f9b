//! `/v1/sources`.

mod list;
