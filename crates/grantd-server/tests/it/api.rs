//! `/v1`.

mod audit;
mod credentials;
mod keys;
mod listeners;
mod sources;
mod users;
mod validations;
