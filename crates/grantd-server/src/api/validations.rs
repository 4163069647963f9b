//! `/v1/validations`.

mod accept;
pub(crate) mod create;
mod representation;
mod stream;
