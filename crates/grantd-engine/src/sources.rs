//! Secret sources: those that the configuration declares, and those that an admin added.

pub(crate) mod ahead;
pub(crate) mod change;
pub(crate) mod check;
mod follow;
pub(crate) mod list;
mod needed;
mod open;
pub(crate) mod own_secret;
pub(crate) mod test;
pub(crate) mod told;
