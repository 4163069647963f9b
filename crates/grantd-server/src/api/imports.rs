//! Imports of many credentials.

mod body;
pub(crate) mod create;
pub(crate) mod representation;
