//! Credentials: create, get, list, update, delete, enable, disable.

pub(crate) mod binding;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod create;
mod delete;
mod enable;
pub(crate) mod find;
pub(crate) mod list;
pub(crate) mod rotate;
mod seal;
pub(crate) mod update;

pub(crate) use create::value_missing;
pub(crate) use seal::{parameter_place, seal_parameters, secret_place};
pub(crate) use update::keeps_secret;
