//! `/v1/keyring`.

pub(crate) mod forget;
pub(crate) mod get;
pub(crate) mod rotate;
