//! `/v1/validations`.

pub(crate) mod create;
mod representation;
mod stream;
