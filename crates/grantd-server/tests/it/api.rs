//! `/v1`.

mod audit;
mod credentials;
mod keys;
mod sources;
mod users;
mod validations;
