//! `/v1/validations`.

pub(crate) mod create;
mod observed;
mod representation;
