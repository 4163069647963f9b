//! The history of tokens: what was asked of authorization servers, whether credentials work, and
//! who is handed tokens.

pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod ledger;
pub(crate) mod prune;
pub(crate) mod usage;
