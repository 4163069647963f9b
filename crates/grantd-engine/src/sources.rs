//! Secret sources: those that the configuration declares, and those that an admin added.

mod change;
pub(crate) mod check;
mod follow;
pub(crate) mod list;
mod needed;
mod open;
mod own_secret;
pub(crate) mod test;
mod told;
