//! Tokens: what is asked for, and the asking.

pub(crate) mod fetch;
pub(crate) mod key;
pub(crate) mod material;
