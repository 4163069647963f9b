//! `/v1`.

mod audit;
mod backups;
mod credentials;
mod keyring;
mod keys;
mod listeners;
mod sources;
mod users;
mod validations;
