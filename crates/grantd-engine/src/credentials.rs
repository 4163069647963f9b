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

pub(crate) use seal::{parameter_place, secret_place};
