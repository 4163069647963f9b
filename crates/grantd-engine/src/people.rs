//! People who sign in at the console: how they get in, their sessions, and who manages them.

pub(crate) mod account;
pub(crate) mod code;
pub(crate) mod factor;
pub(crate) mod links;
pub(crate) mod manage;
pub(crate) mod password;
mod phc;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod totp;
pub(crate) mod tries;
