//! The keyring that seals what is kept: where it is, and how its keys change while everything goes on.

pub(crate) mod damaged;
pub(crate) mod facts;
pub(crate) mod place;
mod rewrap;
pub(crate) mod rotate;
