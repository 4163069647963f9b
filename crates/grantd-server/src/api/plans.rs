//! Plans: what a document would make of what is there, and doing it.

pub(crate) mod apply;
pub(crate) mod create;
pub(crate) mod representation;
